import { useTranslation } from "react-i18next";
import type { Summary } from "../../api/types";
import { Figure } from "../../parts/Figure";
import { interval, number, percent } from "../../parts/format";

/** The strip of figures, each with what it is out of. */
export function Figures({ of }: { of: Summary }) {
  const { t } = useTranslation("statistics");
  return (
    <div className="figures">
      <Figure label={t("inspected")} value={number(of.inspected)} below={t("reinspected", { n: number(of.reinspected) })} about={t("inspectedAbout")} />
      <Figure label={t("ngRate")} value={percent(of.ng_rate)} below={`${t("ng", { n: number(of.ng) })} · ${interval(of.ng_interval)}`} about={t("ngRateAbout")} />
      <Figure label={t("fpy")} value={percent(of.fpy)} below={interval(of.fpy_interval)} about={t("fpyAbout")} />
      <Figure label={t("review")} value={percent(of.review_share)} below={t("units", { n: number(of.review) })} about={t("reviewAbout")} />
      <Figure label={t("verified")} value={percent(of.verified_share)} below={t("falseCalls", { n: number(of.false_calls) })} about={t("verifiedAbout")} />
      <Figure label={t("availability")} value={percent(of.availability)} below={t("lost", { error: number(of.error), late: number(of.late) })} about={t("availabilityAbout")} />
    </div>
  );
}
