import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { ThresholdCurve as Curve } from "../../api/types";
import { Chart, type Palette } from "../../parts/Chart";
import { percent } from "../../parts/format";

type Rate = "false_calls" | "nuisance_calls" | "misses";
interface Line { rate: Rate; name: string; colour: string; dashed?: boolean }

/** The rates over the threshold with their 95 % bands; the chosen threshold dashed, the tentative one solid. */
export function ThresholdCurve({ curve, at }: { curve: Curve; at: number }) {
  const { t } = useTranslation("models");
  const option = useCallback((colours: Palette) => {
    const axis = { type: "value", min: 0, max: 1, nameLocation: "middle", nameTextStyle: { color: colours.dim }, splitLine: { lineStyle: { color: colours.line } } };
    const every: Line[] = [
      { rate: "false_calls", name: t("imageThreshold.falseCalls"), colour: colours.act },
      { rate: "nuisance_calls", name: t("imageThreshold.nuisanceCalls"), colour: colours.review, dashed: true },
      { rate: "misses", name: t("imageThreshold.misses"), colour: colours.ng },
    ];
    const lines = every.filter((line) => curve.steps.some((step) => step[line.rate] !== null));
    const mark = {
      symbol: "none", silent: true,
      data: [
        { xAxis: curve.chosen, lineStyle: { color: colours.dim, type: "dashed", width: 1 }, label: { show: false } },
        { xAxis: at, lineStyle: { color: colours.accent, type: "solid", width: 2 }, label: { formatter: at.toFixed(3), color: colours.accent } },
      ],
    };
    return {
      grid: { left: 28, right: 16, top: lines.length > 2 ? 64 : 40, bottom: 28, containLabel: true }, // the legend of three takes two lines on a phone
      legend: { data: lines.map((line) => line.name), top: 0, left: 0, textStyle: { color: colours.dim }, itemWidth: 18 },
      tooltip: { trigger: "axis", formatter: (points: { dataIndex: number }[]) => told(curve, points[0]?.dataIndex ?? 0, lines) },
      xAxis: { ...axis, name: t("imageThreshold.axis"), nameGap: 26, axisLabel: { color: colours.dim } },
      yAxis: { ...axis, name: t("imageThreshold.share"), nameGap: 44, axisLabel: { color: colours.dim, formatter: (value: number) => percent(value, 0) } },
      series: [
        ...lines.flatMap((line) => drawn(curve, line)),
        { type: "line", data: [], markLine: mark },
      ],
    };
  }, [curve, at, t]);
  return <Chart option={option} height={280} label={t("imageThreshold.title")} />;
}

/** A line, and its band as two stacked areas. */
function drawn(curve: Curve, { rate, name, colour: color, dashed }: Line) {
  const limits = curve.steps.map((step) => step[`${rate}_limits`]);
  const band = { type: "line", stack: rate, stackStrategy: "all", symbol: "none", silent: true, lineStyle: { opacity: 0 }, tooltip: { show: false } };
  return [
    { ...band, name: `${rate} low`, data: curve.steps.map((step, index) => [step.at, limits[index]?.[0] ?? null]) },
    { ...band, name: `${rate} band`, data: curve.steps.map((step, index) => [step.at, limits[index] ? limits[index][1] - limits[index][0] : null]), areaStyle: { color, opacity: 0.14 } },
    { type: "line", name, data: curve.steps.map((step) => [step.at, step[rate]]), symbol: "none", color, lineStyle: { width: 2, type: dashed ? "dashed" : "solid" } },
  ];
}

function told(curve: Curve, index: number, lines: Line[]): string {
  const step = curve.steps[index];
  return step ? [step.at.toFixed(3), ...lines.map((line) => `${line.name} ${percent(step[line.rate])}`)].join("<br>") : "";
}
