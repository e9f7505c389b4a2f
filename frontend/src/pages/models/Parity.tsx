import { Table } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Json, Model } from "../../api/types";
import { number, percent } from "../../parts/format";
import { Shape } from "../../parts/Verdict";

type Export = Model["exports"][number];
type Report = Record<string, Json>;

const value = (of: Report, ...names: string[]): number | null => {
  const found = names.map((name) => of[name]).find((each) => typeof each === "number");
  return typeof found === "number" ? found : null;
};
const fine = (of: number | null) => (of === null ? "–" : of === 0 ? "0" : Math.abs(of) < 0.001 ? of.toExponential(1) : number(of, 4));

/** Whether what serves answers as what was trained: on how many images, how far apart at most. */
export function Parity({ of }: { of: Export }) {
  const { t } = useTranslation("models");
  const n = value(of.parity, "n");
  const measured = n !== null && n > 0;
  const sign = !measured ? "error" : of.parity.ok === false ? "ng" : "ok";
  const precisions = Object.entries((of.parity.precisions ?? {}) as Record<string, Report>);
  const rows: [string, Report, boolean][] = precisions.length ? precisions.map(([name, report]) => [name, report, name === of.precision]) : [[of.precision, of.parity, true]];
  const choice = (of.parity.choice ?? {}) as { code?: string; of?: string; words?: string };
  const lines: [string, (report: Report) => ReactNode][] = [
    ["n", (report) => number(value(report, "n") ?? n)],
    ["rawMax", (report) => fine(value(report, "raw_max_abs"))],
    ["tolerance", (report) => fine(value(report, "tolerance") ?? value(of.parity, "tolerance"))],
    ["verdictsDiffer", (report) => number(value(report, "verdicts_differ"))],
    ["upperBound", (report) => percent(value(report, "upper_bound_95"))],
    ["speed", (report) => (value(report, "ms") === null ? "–" : `${number(value(report, "ms"), 1)} ms`)],
  ];
  return (
    <section className="panel" style={{ padding: 16, marginBottom: 16 }}>
      <h2 className="panel-title">{t("parity", { format: of.format })}</h2>
      <p style={{ display: "flex", gap: 8, alignItems: "center", margin: "0 0 8px" }}><Shape sign={sign} size={14} /> {t(!measured ? "notMeasured" : of.parity.ok === false ? "parityBad" : "parityGood", { n: number(n) })}</p>
      {measured && (
        <Table>
          <Table.Thead><Table.Tr><Table.Th />{rows.map(([name, , serves]) => <Table.Th key={name} ta="right">{name}{serves && <span className="dim"> · {t("serves")}</span>}</Table.Th>)}</Table.Tr></Table.Thead>
          <Table.Tbody>
            {lines.map(([name, show]) => <Table.Tr key={name}><Table.Td className="dim">{t(`parityOf.${name}`)}</Table.Td>{rows.map(([precision, report]) => <Table.Td key={precision} ta="right">{show(report)}</Table.Td>)}</Table.Tr>)}
          </Table.Tbody>
        </Table>
      )}
      {choice.code && <p className="dim small" style={{ margin: "8px 0 0" }}>{t(`choice.${choice.code}`, { of: t(`precisions.${choice.of || "f32"}`), defaultValue: choice.words ?? "" })}</p>}
    </section>
  );
}
