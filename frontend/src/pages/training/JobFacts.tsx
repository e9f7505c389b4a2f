import { Table } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import type { Base, Job } from "../../api/types";
import { duration } from "../../parts/format";
import { Time } from "../../parts/Time";
import { Varied } from "./Varied";

/** What was asked, by whom, when, where it ran. */
export function JobFacts({ job }: { job: Job }) {
  const { t } = useTranslation("training");
  const params = (job.request.params ?? {}) as Record<string, unknown>;
  const base = job.request.base as unknown as Base | null | undefined;
  const took = job.started_at && job.finished_at ? duration((Date.parse(job.finished_at) - Date.parse(job.started_at)) / 1000) : null;
  const rows: [string, ReactNode][] = [
    ["method", job.engine],
    ["data", job.dataset_name],
    ["onModel", job.model && <Link className="link" to={`/models/${job.model}`}>#{job.model}</Link>],
    ["parent", job.parent && <Link className="link" to={`/models/${job.parent}`}>#{job.parent}</Link>],
    ["base", base && <><Link className="link" to="/base-weights">{base.name}</Link> <span className="dim">({base.licence})</span></>],
    ["preset", typeof job.request.preset === "string" && <Varied preset={job.request.preset} values={job.request.augmentation as Record<string, number> | undefined} />],
    ["asked", <><Time at={job.created_at} /> · {job.created_by}</>],
    ["started", job.started_at && <Time at={job.started_at} />],
    ["took", took],
    ["device", job.device],
    ["settings", Object.keys(params).length > 0 && <code className="small" style={{ wordBreak: "break-word" }}>{Object.entries(params).map(([name, value]) => `${name}=${JSON.stringify(value)}`).join("  ")}</code>],
  ];
  return (
    <section className="panel" style={{ padding: 16, marginTop: 16 }}>
      <h2 style={{ margin: "0 0 8px", fontSize: 14 }}>{t("facts")}</h2>
      <Table>
        <Table.Tbody>{rows.filter(([, value]) => value).map(([name, value]) => <Table.Tr key={name}><Table.Td className="dim" w={140}>{t(name)}</Table.Td><Table.Td>{value}</Table.Td></Table.Tr>)}</Table.Tbody>
      </Table>
    </section>
  );
}
