import { Button } from "@mantine/core";
import { IconMoodSad } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useRouteError } from "react-router-dom";
import { Empty } from "../parts/Empty";

/** A page that broke: what it said, and a way on. */
export function Broken() {
  const { t } = useTranslation("frame");
  const error = useRouteError();
  const words = error instanceof Error ? error.message : String(error);
  return (
    <Empty
      icon={IconMoodSad}
      title={t("broken.title")}
      text={words}
      action={<Button onClick={() => window.location.reload()}>{t("broken.again")}</Button>}
    />
  );
}
