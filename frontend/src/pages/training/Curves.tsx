import { Text } from "@mantine/core";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { Chart, type Palette } from "../../parts/Chart";
import type { Series } from "./metrics";

const COLOURS = ["#4A4FC8", "#0072B2", "#009E73", "#D55E00", "#CC79A7", "#E69F00", "#56B4E9"];

/** Curves by epoch, each named at its end. */
export function Curves({ title, series }: { title: string; series: Series[] }) {
  const { t } = useTranslation("training");
  const key = series.map((each) => `${each.name}${each.points.length}`).join();
  const steps = series.flatMap((each) => each.points.map(([step]) => step));
  const [first, last] = [Math.min(...steps), Math.max(...steps)];
  const option = useCallback((colours: Palette) => ({
    color: COLOURS,
    grid: { left: 8, right: 150, top: 12, bottom: 20, containLabel: true },
    tooltip: { trigger: "axis", valueFormatter: (value: number) => value.toPrecision(4) },
    xAxis: { type: "value", min: first === last ? Math.max(0, first - 1) : first, max: last, minInterval: 1, name: t("epoch"), nameLocation: "middle", nameGap: 24, nameTextStyle: { color: colours.dim }, axisLabel: { color: colours.dim }, splitLine: { show: false } },
    yAxis: { type: "value", scale: true, axisLabel: { color: colours.dim }, splitLine: { lineStyle: { color: colours.line } } },
    series: series.map((each) => ({
      type: "line", name: t(`metrics.${each.name}`, { ns: "models", defaultValue: each.name.replaceAll("_", " ") }), data: each.points, symbolSize: 4, lineStyle: { width: 1.5 },
      endLabel: { show: true, formatter: "{a}", color: "inherit", fontSize: 12 }, labelLayout: { moveOverlap: "shiftY" },
    })),
  }), [key, t]);
  return (
    <section className="panel" style={{ padding: 16 }} data-curves={series.length} data-points={Math.max(0, ...series.map((each) => each.points.length))}>
      <h2 style={{ margin: 0, fontSize: 14 }}>{title}</h2>
      {series.length ? <Chart option={option} height={240} label={title} /> : <Text size="sm" c="dimmed" py="xl">{t("noCurve")}</Text>}
    </section>
  );
}
