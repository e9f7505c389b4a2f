import { Alert, Button, Table, Text, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import { api } from "../../api/client";
import type { Job } from "../../api/types";
import { number, percent } from "../../parts/format";
import { Problem } from "../../parts/Problem";
import { Can } from "../../state/can";
import "../../parts/table.css";
import "./extend.css";

/** A class (null: all of them) before and after: counts of test images told right, and the difference. */
interface Row { class: string | null; n: number; before: number; after: number; gained: number; lost: number; difference: number | null; low: number | null; high: number | null }
interface Alone { right: number; n: number; low: number | null; high: number | null; told: { image: string; told: string; score: number }[] }
interface Result { compared: Row[]; alone: Alone; skipped: number; classes: string[] }

/** What a new class does to the model, on the same test images; and keeping it. */
export function Tried({ job, onSaved }: { job: Job; onSaved: () => void }) {
  if (job.state !== "succeeded") return null;
  const result = job.result as unknown as Result;
  const name = String(job.request.class_name);
  return (
    <>
      <Save job={job} name={name} onSaved={onSaved} />
      <Difference result={result} name={name} />
      <AloneTold of={result.alone} name={name} />
    </>
  );
}

function Save({ job, name, onSaved }: { job: Job; name: string; onSaved: () => void }) {
  const { t } = useTranslation("extend");
  const cache = useQueryClient();
  const [note, setNote] = useState("");
  const save = useMutation({
    mutationFn: () => api.post<Job>(`/jobs/${job.id}/save`, { note: note.trim() }),
    onSuccess: async () => { await cache.invalidateQueries({ queryKey: ["models"] }); onSaved(); },
  });
  if (job.model_version) {
    return <Alert color="indigo" variant="light" mb="md"><Text size="sm">{t("saved")} <Link className="link" to={`/models/${job.model_version}`}>#{job.model_version}</Link></Text></Alert>;
  }
  return (
    <Can do="train">
      <section className="panel tried-save">
        <div><h2 className="panel-title">{t("keep", { name })}</h2><Text size="sm" c="dimmed">{t("keepMore", { id: job.model })}</Text></div>
        <Textarea label={t("note")} placeholder={t("noteMore")} value={note} onChange={(e) => setNote(e.currentTarget.value)} autosize minRows={1} maxLength={500} />
        <Button loading={save.isPending} onClick={() => save.mutate()}>{t("save")}</Button>
        <Problem error={save.error} />
      </section>
    </Can>
  );
}

function Difference({ result, name }: { result: Result; name: string }) {
  const { t } = useTranslation("extend");
  const rows = result.compared;
  const own = rows.find((row) => row.class === name);
  return (
    <section className="panel tried">
      <h2 className="panel-title">{t("difference")}</h2>
      <Text size="sm" c="dimmed" mb="sm">{t("differenceMore")}{result.skipped > 0 && ` ${t("skipped", { n: number(result.skipped) })}`}</Text>
      <div className="table-scroll">
        <Table className="differences">
          <Table.Thead><Table.Tr><Table.Th>{t("class")}</Table.Th>{["n", "before", "after", "change", "limits", "gained", "lost"].map((key) => <Table.Th key={key} ta="right">{t(key)}</Table.Th>)}</Table.Tr></Table.Thead>
          <Table.Tbody>{rows.map((row) => <Line key={row.class ?? ""} row={row} fresh={row.class === name} />)}</Table.Tbody>
        </Table>
      </div>
      {own?.n === 0 && <Alert color="yellow" variant="light" mt="sm"><Text size="sm">{t("noTest", { name })}</Text></Alert>}
      <Text size="xs" c="dimmed" mt="sm">{t("limitsMore")}</Text>
    </section>
  );
}

function Line({ row, fresh }: { row: Row; fresh: boolean }) {
  const { t } = useTranslation("extend");
  const sure = row.low !== null && row.high !== null && (row.low > 0 || row.high < 0);
  const of = (hits: number) => (row.n ? <>{percent(hits / row.n, 0)}<div className="dim small">{t("ofN", { hits: number(hits), n: number(row.n) })}</div></> : "–");
  return (
    <Table.Tr fw={row.class === null ? 600 : undefined}>
      <Table.Td>{row.class ?? t("all")}{fresh && <span className="tried-new">{t("new")}</span>}</Table.Td>
      <Table.Td ta="right">{number(row.n)}</Table.Td>
      <Table.Td ta="right">{of(row.before)}</Table.Td>
      <Table.Td ta="right">{of(row.after)}</Table.Td>
      <Table.Td ta="right" fw={sure ? 600 : undefined} c={sure && row.high! < 0 ? "var(--ng-ink)" : undefined}>{points(row.difference)}</Table.Td>
      <Table.Td ta="right" className="nowrap dim">{row.low === null ? "–" : <>{points(row.low)} … {points(row.high)}<div className="small">{row.difference !== 0 && t(sure ? "sure" : "unsure")}</div></>}</Table.Td>
      <Table.Td ta="right">{number(row.gained)}</Table.Td>
      <Table.Td ta="right">{number(row.lost)}</Table.Td>
    </Table.Tr>
  );
}

/** A difference of shares in percentage points. */
function points(value: number | null): string {
  if (value === null) return "–";
  const rounded = Math.round(value * 100);
  return `${rounded > 0 ? "+" : rounded < 0 ? "−" : "±"}${number(Math.abs(rounded))}`;
}

function AloneTold({ of, name }: { of: Alone; name: string }) {
  const { t } = useTranslation("extend");
  return (
    <section className="panel tried">
      <h2 className="panel-title">{t("alone")}</h2>
      <Text size="sm" mb="sm">{of.n ? t("aloneMore", { right: number(of.right), n: number(of.n), low: percent(of.low, 0), high: percent(of.high, 0) }) : t("aloneOne")}</Text>
      <div className="chosen">
        {of.told.map((each) => (
          <figure key={each.image} className="picked">
            <span className="thumb"><img src={`/api/v1/blobs/${each.image}`} alt="" loading="lazy" /></span>
            <figcaption className="small ellipsis" data-wrong={each.told !== name} title={each.told}>{each.told} {percent(each.score, 0)}</figcaption>
          </figure>
        ))}
      </div>
    </section>
  );
}
