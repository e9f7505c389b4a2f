import { Button, Progress, Table, Text } from "@mantine/core";
import { IconGauge, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import { api } from "../../api/client";
import type { Job, Page as ListPage } from "../../api/types";
import { useLive } from "../../live/useLive";
import { Empty } from "../../parts/Empty";
import { duration } from "../../parts/format";
import { Page } from "../../parts/Page";
import { QueryState } from "../../parts/QueryState";
import { Time } from "../../parts/Time";
import { WorkMark } from "../../parts/Verdict";
import { failureWords, stageWords } from "../../words/jobs";
import { keyMetric } from "./metrics";

/** What is running, what came out? */
export default function Training() {
  const { t } = useTranslation("training");
  const list = useQuery({ queryKey: ["jobs"], queryFn: () => api.get<ListPage<Job>>("/jobs", { limit: 100 }), refetchInterval: 5000 });
  useLive("jobs", () => void list.refetch());
  const add = <Button component={Link} to="/training/new" leftSection={<IconPlus size={16} />}>{t("new")}</Button>;
  return (
    <Page title={t("title")} actions={add}>
      <QueryState query={list} isEmpty={(page) => !page.results.length} empty={<Empty icon={IconGauge} title={t("empty.title")} text={t("empty.text")} action={add} />}>
        {(page) => {
          const open = page.results.filter((job) => job.state === "running" || job.state === "queued");
          const ended = page.results.filter((job) => !open.includes(job));
          return (
            <>
              <h2 style={{ fontSize: 16 }}>{t("open")}</h2>
              {open.length ? <Jobs jobs={open} /> : <Text size="sm" c="dimmed">{t("nothingOpen")}</Text>}
              <h2 style={{ fontSize: 16, marginTop: 24 }}>{t("ended")}</h2>
              {ended.length ? <Jobs jobs={ended} /> : <Text size="sm" c="dimmed">{t("nothingEnded")}</Text>}
            </>
          );
        }}
      </QueryState>
    </Page>
  );
}

function Jobs({ jobs }: { jobs: Job[] }) {
  const { t } = useTranslation("training");
  return (
    <div className="table-scroll panel">
      <Table highlightOnHover>
        <Table.Tbody>
          {jobs.map((job) => (
            <Table.Tr key={job.id}>
              <Table.Td w={110}><WorkMark state={job.state} /></Table.Td>
              <Table.Td><Link className="link" to={`/jobs/${job.id}`}>{job.title || `#${job.id}`}</Link> <span className="dim small">{t(`kind.${job.kind}`)}</span></Table.Td>
              <Table.Td w={220}>
                {job.state === "running" && <><Progress value={job.progress * 100} /><span className="small dim">{stageWords(job.stage)} · {t("left", { time: duration(job.seconds_left) })} · {job.device}</span></>}
                {job.state === "queued" && <span className="small dim">{t("position", { n: job.queue_position ?? 1 })}</span>}
                {job.state === "succeeded" && <span>{keyMetric(job.latest)}</span>}
                {job.state === "failed" && <span className="small">{failureWords(job)}</span>}
              </Table.Td>
              <Table.Td className="dim small"><Time at={job.created_at} /> · {job.created_by}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
