import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import { api } from "../../api/client";
import type { BoardLine, Pareto } from "../../api/types";
import { Figure } from "../../parts/Figure";
import { interval, number, percent } from "../../parts/format";
import { Spark } from "../../parts/Spark";
import { periodOf } from "../statistics/period";

const TOP = 4; // classes shown

/** The rate against its target, and what it is made of, in the last hour. */
export function LineFigures({ tile }: { tile: BoardLine }) {
  const { t } = useTranslation("board");
  const target = tile.target_ng_rate;
  const over = tile.state === "act" || tile.state === "stop" ? "ng" : undefined;
  return (
    <div className="figures line-figures">
      <Figure label={t("ngRate")} value={percent(tile.ng_rate)} below={interval(tile.ng_interval)} about={t("ngRateAbout")} sign={over} />
      <Figure label={t("targetHead")} value={percent(target)} below={target === null ? t("noTarget") : t("targetBelow")} />
      <Figure label={t("units")} value={number(tile.units)} below={t("ngOf", { n: number(tile.ng) })} />
      <Figure label={t("errors")} value={number(tile.errors)} below={t("errorsBelow")} />
      <div className="figure line-trend">
        <div className="figure-label">{t("trend")}</div>
        <Spark steps={tile.trend} target={target} height={56} />
      </div>
      <Classes line={tile.line} />
    </div>
  );
}

function Classes({ line }: { line: number }) {
  const { t } = useTranslation("board");
  const query = useQuery({
    queryKey: ["statistics", "line", line],
    queryFn: () => api.get<Pareto>("/statistics/pareto", { ...periodOf("1h"), line }),
    refetchInterval: 15_000,
  });
  const classes = query.data?.classes.slice(0, TOP) ?? [];
  return (
    <div className="figure line-classes">
      <div className="figure-label">{t("classes")}</div>
      {query.data && !classes.length && <span className="dim">{t("noClasses")}</span>}
      {classes.map((each) => (
        <Link key={each.class} className="line-class" to={`/inspections?line=${line}&class=${encodeURIComponent(each.class)}&from=${periodOf("1h").from}`}>
          <span className="line-dot" style={{ background: each.colour ?? "var(--error)" }} />
          <span className="ellipsis">{each.class}</span>
          <b>{number(each.count)}</b>
        </Link>
      ))}
    </div>
  );
}
