import { Button } from "@mantine/core";
import { IconMapQuestion } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import { Empty } from "../parts/Empty";

export function NotFound() {
  const { t } = useTranslation("frame");
  return (
    <Empty icon={IconMapQuestion} title={t("lost.title")} text={t("lost.text")}
      action={<Button component={Link} to="/board">{t("nav.board")}</Button>} />
  );
}
