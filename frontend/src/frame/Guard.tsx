import { IconLock } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Capability } from "../api/types";
import { Empty } from "../parts/Empty";
import { useCan } from "../state/can";

/** The page for those who may open it; a plain word for the rest. */
export function Guard({ needs, children }: { needs: Capability[]; children: ReactNode }) {
  const { t } = useTranslation("frame");
  if (useCan(...needs)) return children;
  return <Empty icon={IconLock} title={t("forbidden.title")} text={t("forbidden.text")} />;
}
