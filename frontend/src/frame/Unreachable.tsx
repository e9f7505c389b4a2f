import { IconPlugConnectedX } from "@tabler/icons-react";
import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Empty } from "../parts/Empty";
import { ApiProblem } from "../api/client";

/** Nothing is known yet, because the server does not answer; it is asked again by itself. */
export function Unreachable({ error, again }: { error: unknown; again: () => void }) {
  const { t } = useTranslation("frame");
  const code = error instanceof ApiProblem && error.code !== "unreachable" ? error.code : null;
  return (
    <main role="alert">
      <Empty icon={IconPlugConnectedX} title={t("unreachable.title")}
        text={<>{t("unreachable.text")}{code && <><br />{code}</>}</>}
        action={<Button onClick={again}>{t("problem.again")}</Button>} />
    </main>
  );
}
