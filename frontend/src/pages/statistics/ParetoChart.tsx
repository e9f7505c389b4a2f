import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import type { ClassBar, Pareto } from "../../api/types";
import { Empty } from "../../parts/Empty";
import { number, percent } from "../../parts/format";
import type { Drill } from "./drill";
import "./pareto.css";

/** Findings by class, most first, the tail as Other; a bar opens its images. */
export function ParetoChart({ of, drill }: { of: Pareto; drill: Drill }) {
  const { t } = useTranslation("statistics");
  if (!of.n) return <Empty title={t("noUnits")} text={t("noUnitsMore")} />;
  if (!of.total && of.unnamed) return <Empty title={t("onlyUnnamed")} text={t("unnamed", { n: number(of.unnamed) })} />;
  if (!of.total) return <Empty title={t("noDefects")} text={t("noDefectsMore", { n: number(of.n), bound: percent(of.upper_bound) })} />;
  const bars = of.other ? [...of.classes, of.other] : of.classes;
  const top = Math.max(...bars.map((bar) => bar.count));
  const row = (bar: ClassBar) => (
    <>
      <span className="pareto-name ellipsis">{bar === of.other ? t("other") : bar.class}</span>
      <span className="pareto-track"><span className="pareto-bar" style={{ width: `${(bar.count / top) * 100}%`, background: bar.colour ?? "var(--error)" }} /></span>
      <span className="pareto-count">{number(bar.count)}</span>
      <span className="pareto-share dim">{percent(bar.share, 0)}</span>
      <span className="pareto-share dim hide-phone">Σ {percent(bar.cumulative, 0)}</span>
    </>
  );
  return (
    <div className="pareto">
      {bars.map((bar) => bar === of.other
        ? <div key="other" className="pareto-row">{row(bar)}</div>
        : <Link key={bar.class} className="pareto-row" to={drill({ class: bar.class })}>{row(bar)}</Link>)}
      <p className="dim small">{t("paretoBelow", { total: number(of.total), n: number(of.n) })} {of.unnamed > 0 && t("unnamed", { n: number(of.unnamed) })}</p>
    </div>
  );
}
