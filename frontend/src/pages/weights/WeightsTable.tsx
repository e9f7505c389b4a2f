import { Button, Table } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import type { BaseWeights } from "../../api/types";
import { bytes, number } from "../../parts/format";
import { Shape } from "../../parts/Verdict";
import { failureWords } from "../../words/jobs";
import { Hash } from "./Hash";

const NAMED = 3; // models that a row names

interface Props {
  weights: BaseWeights[];
  onOpen: (row: BaseWeights) => void;
  action: { words: string; run: (row: BaseWeights) => void } | null;
}

/** One file of weights a row; on a phone a card each. */
export function WeightsTable({ weights, onOpen, action }: Props) {
  const { t } = useTranslation("weights");
  return (
    <div className="table-scroll panel">
      <Table className="cards weights">
        <Table.Thead><Table.Tr>{["name", "format", "size", "contents", "licence", "usedBy", "sha256", ""].map((each) => <Table.Th key={each}>{each && t(each)}</Table.Th>)}</Table.Tr></Table.Thead>
        <Table.Tbody>
          {weights.map((row) => (
            <Table.Tr key={row.id}>
              <Table.Td miw={160}>
                <span><button type="button" className="link plain" onClick={() => onOpen(row)}>{row.name}</button><br /><span className="small dim">{row.architecture}</span></span>
              </Table.Td>
              <Table.Td data-label={t("format")} className="nowrap">{t(`formats.${row.format}`)}</Table.Td>
              <Table.Td data-label={t("size")} className="nowrap">{bytes(row.size)}</Table.Td>
              <Table.Td data-label={t("contents")}><Contents of={row} /></Table.Td>
              <Table.Td data-label={t("licence")}><span className="weights-licence">{row.licence}</span></Table.Td>
              <Table.Td data-label={t("usedBy")}><UsedBy of={row} /></Table.Td>
              <Table.Td data-label={t("sha256")}><Hash of={row.sha256} /></Table.Td>
              <Table.Td ta="right">{action && <Button size="xs" variant="default" onClick={() => action.run(row)} aria-label={`${action.words} ${row.name}`}>{action.words}</Button>}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

/** What is in it, or why that is not known. */
export function Contents({ of }: { of: BaseWeights }) {
  const { t } = useTranslation("weights");
  if (of.format === "pt" && !of.vouched) return <span><Shape sign="review" size={10} /> {t("withdrawn")}</span>;
  if (of.state === "unread") return <span className="dim">{t("unread")}</span>;
  if (of.state === "unsound") return <span><Shape sign="ng" size={10} /> {failureWords({ error_code: of.problem_code, error: of.problem })}</span>;
  return <span className="nowrap">{t("tensors", { count: of.tensors ?? 0, n: number(of.tensors) })}<br /><span className="small dim">{t("parameters", { n: inMillions(of.parameters) })}</span></span>;
}

/** 11,689,512 as "11.7 M". */
export function inMillions(parameters: number | null): string {
  if (parameters === null || parameters < 1_000_000) return number(parameters);
  return `${number(parameters / 1e6, parameters < 1e8 ? 1 : 0)} M`;
}

export function UsedBy({ of, all = false }: { of: BaseWeights; all?: boolean }) {
  const { t } = useTranslation("weights");
  if (!of.used_by.length) return <span className="dim">{t("unused")}</span>;
  const shown = all ? of.used_by : of.used_by.slice(0, NAMED);
  return (
    <span>
      {shown.map((model, index) => <span key={model.id}>{index > 0 && ", "}<Link className="link" to={`/models/${model.id}`} title={model.name}>#{model.id}</Link></span>)}
      {shown.length < of.used_by.length && <span className="dim"> {t("andMore", { n: number(of.used_by.length - shown.length) })}</span>}
    </span>
  );
}
