import { Table } from "@mantine/core";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { Model } from "../../api/types";
import { Chart, type Palette } from "../../parts/Chart";
import { number } from "../../parts/format";

type Evaluation = NonNullable<Model["evaluations"]>[number];
const COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#882255", "#999933"];

/** What was measured on a held-out split: by class, precision over recall, the confusions. */
export function Evidence({ of }: { of: Evaluation }) {
  const { t } = useTranslation("models");
  const names = [...new Set(Object.values(of.per_class).flatMap((each) => Object.keys(each)))];
  return (
    <>
      <section className="panel" style={{ padding: 16, marginBottom: 16 }}>
        <h2 style={{ margin: "0 0 8px", fontSize: 16 }}>{t("byClass", { split: of.split })}</h2>
        <div className="table-scroll">
          <Table>
            <Table.Thead><Table.Tr><Table.Th>{t("class")}</Table.Th>{names.map((name) => <Table.Th key={name} ta="right">{t(`metrics.${name}`, { defaultValue: name })}</Table.Th>)}</Table.Tr></Table.Thead>
            <Table.Tbody>
              {Object.entries(of.per_class).map(([name, values]) => (
                <Table.Tr key={name}><Table.Td>{name}</Table.Td>{names.map((each) => <Table.Td key={each} ta="right">{number(values[each], Number.isInteger(values[each]) ? 0 : 3)}</Table.Td>)}</Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      </section>
      {Object.keys(of.curves).length > 0 && <Curves of={of} />}
      {of.confusion.matrix && <Confusion classes={of.confusion.classes ?? []} matrix={of.confusion.matrix} />}
    </>
  );
}

function Curves({ of }: { of: Evaluation }) {
  const { t } = useTranslation("models");
  const option = useCallback((colours: Palette) => ({
    color: COLOURS,
    grid: { left: 8, right: 110, top: 12, bottom: 24, containLabel: true },
    tooltip: { trigger: "item" },
    xAxis: { type: "value", min: 0, max: 1, name: t("recall"), nameLocation: "middle", nameGap: 24, axisLabel: { color: colours.dim }, splitLine: { show: false } },
    yAxis: { type: "value", min: 0, max: 1, name: t("precision"), axisLabel: { color: colours.dim }, splitLine: { lineStyle: { color: colours.line } } },
    series: Object.entries(of.curves).map(([name, points]) => ({
      type: "line", name, data: points.map(([recall, precision]) => [recall, precision]), symbol: "none", lineStyle: { width: 1.5 },
      endLabel: { show: true, formatter: "{a}", color: "inherit", fontSize: 11 }, labelLayout: { moveOverlap: "shiftY" },
    })),
  }), [of, t]);
  return (
    <section className="panel" style={{ padding: 16, marginBottom: 16 }}>
      <h2 style={{ margin: 0, fontSize: 16 }}>{t("pr")}</h2>
      <Chart option={option} height={280} label={t("pr")} />
    </section>
  );
}

function Confusion({ classes, matrix }: { classes: string[]; matrix: number[][] }) {
  const { t } = useTranslation("models");
  const name = (index: number) => classes[index] ?? t("background");
  return (
    <section className="panel" style={{ padding: 16 }}>
      <h2 style={{ margin: "0 0 8px", fontSize: 16 }}>{t("confusion")}</h2>
      <div className="table-scroll">
        <table style={{ borderCollapse: "collapse", fontSize: 12 }}>
          <thead><tr><th style={{ textAlign: "left", padding: 4 }} className="dim">{t("truth")}</th>{matrix.map((_, index) => <th key={index} style={{ padding: 4, fontWeight: 500 }}>{name(index)}</th>)}</tr></thead>
          <tbody>
            {matrix.map((row, at) => {
              const top = Math.max(1, ...row);
              return (
                <tr key={at}>
                  <th style={{ textAlign: "left", padding: 4, fontWeight: 500 }}>{name(at)}</th>
                  {row.map((count, to) => (
                    <td key={to} style={{ padding: 4, textAlign: "center", minWidth: 44, background: count ? `color-mix(in srgb, var(--${at === to ? "ok" : "ng"}) ${Math.round((count / top) * 55)}%, transparent)` : undefined }}>{count || "·"}</td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}
