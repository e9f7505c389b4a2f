import { Alert } from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import type { Summary } from "../../api/types";
import { Figure } from "../../parts/Figure";
import { interval, number, percent } from "../../parts/format";
import type { Drill } from "./drill";

const ENOUGH = 50; // units below which a rate is hardly more than its interval

/** The strip of figures, each with what it is out of; where there are inspections behind it, it opens them. */
export function Figures({ of, drill }: { of: Summary; drill: Drill }) {
  const { t } = useTranslation("statistics");
  const opens = (value: ReactNode, count: number, extra: Record<string, string>) =>
    count > 0 ? <Link className="drill" to={drill(extra)} title={t("drill")}>{value}</Link> : value;
  return (
    <>
      {of.inspected > 0 && of.inspected < ENOUGH && (
        <Alert color="gray" variant="light" mb="sm" icon={<IconInfoCircle size={18} />}>{t("tooFew", { n: number(of.inspected), range: interval(of.ng_interval) })}</Alert>
      )}
      <div className="figures">
        <Figure label={t("inspected")} value={opens(number(of.inspected), of.inspected, {})} below={t("reinspected", { n: number(of.reinspected) })} about={t("inspectedAbout")} />
        <Figure label={t("ngRate")} value={opens(percent(of.ng_rate), of.ng, { verdict: "NG" })} below={`${t("ng", { n: number(of.ng) })} · ${interval(of.ng_interval)}`} about={t("ngRateAbout")} />
        <Figure label={t("fpy")} value={percent(of.fpy)} below={interval(of.fpy_interval)} about={t("fpyAbout")} />
        <Figure label={t("review")} value={opens(percent(of.review_share), of.review, { verdict: "REVIEW" })} below={t("units", { n: number(of.review) })} about={t("reviewAbout")} />
        <Figure label={t("verified")} value={opens(percent(of.verified_share), of.false_calls, { outcome: "false_call" })} below={t("falseCalls", { n: number(of.false_calls) })} about={t("verifiedAbout")} />
        <Figure label={t("availability")} value={opens(percent(of.availability), of.error, { verdict: "ERROR" })} below={t("lost", { error: number(of.error), late: number(of.late) })} about={t("availabilityAbout")} />
      </div>
    </>
  );
}
