import { Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Model } from "../../api/types";
import { number } from "../../parts/format";
import { type Compared, compared, countsOf } from "./difference";
import { Term } from "./Term";

type Pair = [Model, Model];
const SHARES = ["iou", "dice", "component_recall", "map50", "map50_95", "recall", "precision", "f1", "recall_at_fp_0_1", "recall_at_fp_0_5", "recall_at_fp_1", "stage1_recall", "stage2_recall", "stage3_recall", "stages_product", "accuracy", "balanced_accuracy", "image_recall", "image_false_alarms", "image_auroc", "average_precision", "pixel_auroc", "pro"];
const BY_CLASS = ["iou", "recall", "precision", "map50"];

const testOf = (model: Model) => model.evaluations?.find((each) => each.split === "test") ?? model.evaluations?.[0];

/** Overall figures of both, the difference with its limits, and out of how many. */
export function ComparedFigures({ pair }: { pair: Pair }) {
  const { t } = useTranslation("models");
  const [first, second] = pair.map(testOf);
  const names = SHARES.filter((name) => pair.some((model) => model.metrics[name] !== undefined));
  const counts = first && second ? ([countsOf(first, null), countsOf(second, null)] as const) : undefined;
  return (
    <section className="panel" style={{ padding: 16, height: "100%" }}>
      <h2 className="panel-title">{t("figures")}</h2>
      <div className="table-scroll">
        <Table className="differences">
          <Head pair={pair} />
          <Table.Tbody>
            {names.map((name) => <Row key={name} name={<Term name={name} />} of={compared(name, pair[0].metrics, pair[1].metrics, counts && [...counts])} />)}
            <Table.Tr><Table.Td>{t("metrics.images")}</Table.Td>{pair.map((model, index) => <Table.Td key={index} ta="right">{number(model.metrics.images)}</Table.Td>)}<Table.Td /><Table.Td /></Table.Tr>
          </Table.Tbody>
        </Table>
      </div>
      <Text size="xs" c="dimmed" mt="sm">{t("limitsMore")}</Text>
    </section>
  );
}

/** The same by class. */
export function ComparedClasses({ pair }: { pair: Pair }) {
  const { t } = useTranslation("models");
  const [first, second] = pair.map(testOf);
  if (!first || !second) return null;
  const classes = [...new Set([...Object.keys(first.per_class), ...Object.keys(second.per_class)])];
  return (
    <section className="panel" style={{ padding: 16 }}>
      <h2 className="panel-title">{t("classByClass")}</h2>
      <div className="table-scroll">
        <Table className="differences">
          <Head pair={pair} leading="class" />
          <Table.Tbody>
            {classes.flatMap((name) => BY_CLASS.map((metric, index) => (
              <Row key={`${name}.${metric}`} leading={index === 0 ? { name, rows: BY_CLASS.length } : undefined} name={<Term name={metric.replace("map", "ap")} />}
                of={compared(metric, first.per_class[name] ?? {}, second.per_class[name] ?? {}, [countsOf(first, name), countsOf(second, name)])} />
            )))}
          </Table.Tbody>
        </Table>
      </div>
    </section>
  );
}

function Head({ pair, leading }: { pair: Pair; leading?: string }) {
  const { t } = useTranslation("models");
  return (
    <Table.Thead>
      <Table.Tr>
        {leading && <Table.Th>{t(leading)}</Table.Th>}
        <Table.Th>{t("metric")}</Table.Th>
        {pair.map((model, index) => <Table.Th key={index} ta="right">{"AB"[index]} · #{model.id}</Table.Th>)}
        <Table.Th ta="right">{t("difference")}</Table.Th>
        <Table.Th ta="right">{t("limits")}</Table.Th>
      </Table.Tr>
    </Table.Thead>
  );
}

function Row({ name, leading, of }: { name: React.ReactNode; leading?: { name: string; rows: number }; of: Compared }) {
  const { t } = useTranslation("models");
  const sure = of.interval && (of.interval[0] > 0 || of.interval[1] < 0);
  return (
    <Table.Tr>
      {leading && <Table.Td rowSpan={leading.rows} fw={600} style={{ verticalAlign: "top" }}>{leading.name}</Table.Td>}
      <Table.Td className="nowrap">{name}</Table.Td>
      {([of.first, of.second]).map((value, index) => (
        <Table.Td key={index} ta="right" className="nowrap">{number(value, 3)}{of.counts && <div className="dim small">{t("ofN", { hits: number(of.counts[index]!.hits), n: number(of.counts[index]!.n) })}</div>}</Table.Td>
      ))}
      <Table.Td ta="right" fw={sure ? 600 : undefined} className="nowrap">{signed(of.difference)}</Table.Td>
      <Table.Td ta="right" className="nowrap dim">{of.interval ? <>{signed(of.interval[0])} … {signed(of.interval[1])}<div className="small">{t(sure ? "sure" : "unsure")}</div></> : "–"}</Table.Td>
    </Table.Tr>
  );
}

function signed(value: number | null): string {
  if (value === null) return number(null);
  return `${value < -0.0005 ? "−" : value > 0.0005 ? "+" : "±"}${number(Math.abs(value), 3)}`;
}
