import { Tooltip } from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { keyMetric } from "../training/metrics";

/** The name of a figure, with what it means on hover and focus. */
export function Term({ name }: { name: string }) {
  const { t, i18n } = useTranslation("models");
  const label = t(`metrics.${name}`, { defaultValue: name });
  if (!i18n.exists(`models:about.${name}`)) return <>{label}</>;
  return (
    <Tooltip label={t(`about.${name}`)} w={300}>
      <span className="term" tabIndex={0}>{label} <IconInfoCircle size={14} aria-hidden /></span>
    </Tooltip>
  );
}

/** The figure that says most of a model, with its name. */
export function KeyFigure({ metrics }: { metrics: Record<string, number> | null | undefined }) {
  const { t } = useTranslation("models");
  const found = keyMetric(metrics);
  return found ? <span className="nowrap"><span className="dim small">{t(`metrics.${found.name}`, { defaultValue: found.name })}</span> {found.shown}</span> : <span className="dim">–</span>;
}
