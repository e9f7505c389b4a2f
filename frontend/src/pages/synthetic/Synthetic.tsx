import { Button, Group, Table, Text } from "@mantine/core";
import { IconPlus, IconSparkles } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router-dom";
import { everyPage } from "../../api/client";
import type { Job, Model } from "../../api/types";
import { useLive } from "../../live/useLive";
import { Empty } from "../../parts/Empty";
import { number } from "../../parts/format";
import { Page } from "../../parts/Page";
import { QueryState } from "../../parts/QueryState";
import { Time } from "../../parts/Time";
import { WorkMark } from "../../parts/Verdict";
import { DrawForm } from "./DrawForm";
import { learnsToDraw } from "./learns";
import type { Batch } from "./types";
import "../../parts/table.css";
import "./synthetic.css";

/** Generators, what they drew, and what is to be looked through. ?dataset= narrows. */
export default function Synthetic() {
  const { t } = useTranslation("synthetic");
  const [search] = useSearchParams();
  const dataset = search.get("dataset");
  const generators = useQuery({ queryKey: ["models", "generate", dataset], queryFn: () => everyPage<Model>("/models", { kind: "generate", dataset }) });
  const batches = useQuery({ queryKey: ["synthetic", "list", dataset], queryFn: () => everyPage<Batch>("/synthetic", { dataset }) });
  const jobs = useQuery({ queryKey: ["jobs", "drawing"], queryFn: () => everyPage<Job>("/jobs", { kind: "train,generate", state: "running,queued" }), refetchInterval: 5000 });
  const open = (jobs.data ?? []).filter((job) => job.kind === "generate" || learnsToDraw(job));
  useLive("jobs", () => void Promise.all([jobs.refetch(), batches.refetch(), generators.refetch()]));
  const add = <Button component={Link} to={`/synthetic/new${search.size ? `?${search}` : ""}`} leftSection={<IconPlus size={16} />}>{t("new")}</Button>;
  if (generators.data && !generators.data.length && !open.length) {
    return <Page title={t("title")} actions={add}><Empty icon={IconSparkles} title={t("empty.title")} text={t("empty.text")} action={add} /></Page>;
  }
  return (
    <Page title={t("title")} beside={dataset && batches.data?.[0] && <span className="dim">{batches.data[0].dataset_name}</span>} actions={add}>
      {open.length > 0 && (
        <div className="panel open-jobs">
          {open.map((job) => <Group key={job.id} gap="sm"><WorkMark state={job.state} /><Link className="link" to={`/jobs/${job.id}`}>{job.title}</Link><span className="dim small">{number(job.progress * 100)} %</span></Group>)}
        </div>
      )}
      <QueryState query={generators}>{(models) => (models.length ? <DrawForm generators={models} /> : null)}</QueryState>
      <h2 className="section-title">{t("batches")}</h2>
      <QueryState query={batches} empty={<Text size="sm" c="dimmed">{t("noBatches")}</Text>}>{(all) => <Batches batches={all} />}</QueryState>
    </Page>
  );
}

function Batches({ batches }: { batches: Batch[] }) {
  const { t } = useTranslation("synthetic");
  return (
    <div className="table-scroll panel">
      <Table highlightOnHover verticalSpacing="xs" className="rows batches cards">
        <Table.Thead><Table.Tr>{["class", "generator", "kid", "state.proposed", "state.approved", "state.rejected", "state.added", "when"].map((name) => <Table.Th key={name}>{t(name)}</Table.Th>)}</Table.Tr></Table.Thead>
        <Table.Tbody>
          {batches.map((batch) => (
            <Table.Tr key={batch.id}>
              <Table.Td data-label={t("class")}><Link className="link" to={`/synthetic/${batch.id}`}>{batch.class_name} #{batch.id}</Link></Table.Td>
              <Table.Td data-label={t("generator")}>{batch.model_name}</Table.Td>
              <Table.Td data-label={t("kid")}>{batch.kid === null ? "–" : number(batch.kid * 1000, 1)}</Table.Td>
              <Table.Td data-label={t("state.proposed")}>{number(batch.proposed)}</Table.Td>
              <Table.Td data-label={t("state.approved")}>{number(batch.approved)}</Table.Td>
              <Table.Td data-label={t("state.rejected")}>{number(batch.rejected)}</Table.Td>
              <Table.Td data-label={t("state.added")}>{number(batch.added)}</Table.Td>
              <Table.Td data-label={t("when")} className="dim small nowrap"><Time at={batch.created_at} /> · {batch.created_by}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
