import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router-dom";
import type { Trend } from "../../api/types";
import { Chart, type Palette } from "../../parts/Chart";
import { Empty } from "../../parts/Empty";
import { dateTime, number, percent } from "../../parts/format";
import { bucketOf, type Drill } from "./drill";

/** The NG rate with its Wilson band; a bucket without units is a gap. A point opens its NG units. */
export function TrendChart({ of, drill }: { of: Trend; drill: Drill }) {
  const { t } = useTranslation("statistics");
  const go = useNavigate();
  const option = useCallback((colours: Palette) => {
    const at = of.points.map((point) => new Date(point.t).getTime());
    const low = of.points.map((point, i) => [at[i], point.interval ? point.interval[0] : null]);
    const band = of.points.map((point, i) => [at[i], point.interval ? point.interval[1] - point.interval[0] : null]);
    const quiet = { type: "line", symbol: "none", silent: true, stack: "band", lineStyle: { opacity: 0 } };
    return {
      tooltip: {
        trigger: "axis",
        formatter: (items: { dataIndex: number }[]) => {
          const point = of.points[items[0]?.dataIndex ?? 0];
          if (!point) return "";
          const range = point.interval ? `<br>95 %: ${percent(point.interval[0])} – ${percent(point.interval[1])}` : "";
          return `${dateTime(point.t, of.timezone, false)}<br><b>${percent(point.ng_rate)}</b> (${number(point.ng)} / ${number(point.inspected)})${range}`;
        },
      },
      xAxis: { type: "time", axisLine: { lineStyle: { color: colours.line } }, axisLabel: { color: colours.dim } },
      yAxis: { type: "value", min: 0, axisLabel: { color: colours.dim, formatter: (v: number) => percent(v, 0) }, splitLine: { lineStyle: { color: colours.line } } },
      series: [
        { ...quiet, data: low },
        { ...quiet, data: band, areaStyle: { color: colours.accent, opacity: 0.14 } },
        { type: "line", data: of.points.map((point, i) => [at[i], point.ng_rate]), lineStyle: { width: 1.5, color: colours.accent }, itemStyle: { color: colours.accent }, symbolSize: 7, connectNulls: false },
      ],
    };
  }, [of]);
  if (of.points.every((point) => !point.inspected)) return <Empty title={t("noUnits")} text={t("noUnitsMore")} />;
  const open = ({ dataIndex }: { dataIndex: number }) => void go(drill({ verdict: "NG", ...bucketOf(of, dataIndex) }));
  return (
    <>
      <Chart option={option} height={260} label={t("trend")} onClick={open} />
      <p className="dim small" style={{ margin: 0 }}>{t("trendBelow")}</p>
    </>
  );
}
