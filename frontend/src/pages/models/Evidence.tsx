import { Table } from "@mantine/core";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { Model } from "../../api/types";
import { Chart, type Palette } from "../../parts/Chart";
import { number, UNKNOWN } from "../../parts/format";
import { Confusion } from "./Confusion";
import { Term } from "./Term";

type Evaluation = NonNullable<Model["evaluations"]>[number];
const COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#882255", "#999933"];
const ORDER = ["n", "iou", "dice", "component_recall", "recall", "precision", "f1", "map50", "map50_95", "best_f1", "best_score"];

/** What was measured on a held-out split: by class, precision over recall, the confusions. */
export function Evidence({ of, kind }: { of: Evaluation; kind: string }) {
  const { t } = useTranslation("models");
  const found = new Set(Object.values(of.per_class).flatMap((each) => Object.keys(each)));
  const names = [...ORDER.filter((name) => found.has(name)), ...[...found].filter((name) => !ORDER.includes(name))];
  return (
    <>
      <section className="panel" style={{ padding: 16, marginBottom: 16 }}>
        <h2 className="panel-title">{t("byClass", { split: t(`splits.${of.split}`, { defaultValue: of.split }) })}</h2>
        <div className="table-scroll">
          <Table>
            <Table.Thead><Table.Tr><Table.Th>{t("class")}</Table.Th>{names.map((name) => <Table.Th key={name} ta="right" className="nowrap"><Term name={name.replace("map", "ap")} /></Table.Th>)}</Table.Tr></Table.Thead>
            <Table.Tbody>
              {Object.entries(of.per_class).map(([name, values]) => (
                <Table.Tr key={name}><Table.Td>{name}</Table.Td>{names.map((each) => <Table.Td key={each} ta="right">{figure(each, values)}</Table.Td>)}</Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      </section>
      {Object.keys(of.curves).length > 0 && <Curves of={of} />}
      {of.confusion.matrix && <Confusion kind={kind} classes={of.confusion.classes ?? []} matrix={of.confusion.matrix} />}
    </>
  );
}

/** A share of nothing is unknown, not 0. */
function figure(name: string, values: Record<string, number | null>): string {
  if (name === "n") return number(values.n);
  return values.n === 0 && name !== "precision" ? UNKNOWN : number(values[name], 3);
}

/** The axes of precision over recall, named and from 0 to 1. */
export function precisionRecall(colours: Palette, t: (key: string) => string) {
  const axis = { type: "value", min: 0, max: 1, nameLocation: "middle", nameTextStyle: { color: colours.dim }, axisLabel: { color: colours.dim }, splitLine: { lineStyle: { color: colours.line } } };
  return {
    color: COLOURS,
    grid: { left: 28, right: 110, top: 12, bottom: 28, containLabel: true },
    tooltip: { trigger: "item", formatter: (at: { seriesName: string; value: [number, number] }) => `${at.seriesName}<br>${t("recall")} ${at.value[0].toFixed(3)}<br>${t("precision")} ${at.value[1].toFixed(3)}` },
    xAxis: { ...axis, name: t("recall"), nameGap: 26 },
    yAxis: { ...axis, name: t("precision"), nameGap: 34 },
  };
}

function Curves({ of }: { of: Evaluation }) {
  const { t } = useTranslation("models");
  const option = useCallback((colours: Palette) => ({
    ...precisionRecall(colours, t),
    series: Object.entries(of.curves).map(([name, points]) => ({
      type: "line", name, data: points.map(([recall, precision]) => [recall, precision]), symbol: "none", lineStyle: { width: 1.5 },
      endLabel: { show: true, formatter: "{a}", color: "inherit", fontSize: 12 }, labelLayout: { moveOverlap: "shiftY" },
    })),
  }), [of, t]);
  return (
    <section className="panel" style={{ padding: 16, marginBottom: 16 }}>
      <h2 className="panel-title">{t("pr")}</h2>
      <Chart option={option} height={300} label={t("pr")} />
    </section>
  );
}
