import { Button, Group, Table, Text } from "@mantine/core";
import { IconGauge, IconPlus, IconSparkles } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import { address, everyPage, sameOrigin, send } from "../../api/client";
import { queryClient } from "../../api/queries";
import type { Job, Model, Page as ListPage } from "../../api/types";
import { useLive } from "../../live/useLive";
import { Empty } from "../../parts/Empty";
import { duration } from "../../parts/format";
import { Page } from "../../parts/Page";
import { QueryState } from "../../parts/QueryState";
import { Time } from "../../parts/Time";
import { WorkMark } from "../../parts/Verdict";
import { Outcome } from "./Outcome";
import { Running } from "./Running";
import "../../parts/table.css";
import "../models/models.css";
import "./training.css";

/** What is running, what waits, what came out? */
export default function Training() {
  const { t } = useTranslation("training");
  const open = useQuery({ queryKey: ["jobs", "open"], queryFn: () => everyPage<Job>("/jobs", { state: "running,queued" }), refetchInterval: 5000 });
  const ended = useInfiniteQuery({
    queryKey: ["jobs", "ended"],
    queryFn: ({ pageParam }) => send<ListPage<Job>>("GET", pageParam),
    initialPageParam: address("/jobs", { state: "succeeded,failed,cancelled", limit: 30 }),
    getNextPageParam: (page) => page.next && sameOrigin(page.next),
    refetchInterval: 15_000,
  });
  const models = useQuery({ queryKey: ["models"], queryFn: () => everyPage<Model>("/models") }).data ?? [];
  useLive("jobs", () => void open.refetch());
  const ids = (open.data ?? []).map((job) => job.id).join();
  useEffect(() => {
    void queryClient.invalidateQueries({ queryKey: ["jobs", "ended"] });
  }, [ids]);
  const add = (
    <>
      <Button component={Link} to="/synthetic" variant="default" leftSection={<IconSparkles size={16} />}>{t("open", { ns: "synthetic" })}</Button>
      <Button component={Link} to="/training/new" leftSection={<IconPlus size={16} />}>{t("new")}</Button>
    </>
  );
  const past = ended.data?.pages.flatMap((page) => page.results) ?? [];
  const running = (open.data ?? []).filter((job) => job.state === "running");
  const queued = (open.data ?? []).filter((job) => job.state === "queued").reverse();
  if (open.data && ended.data && !open.data.length && !past.length) {
    return <Page title={t("title")} actions={add}><Empty icon={IconGauge} title={t("empty.title")} text={t("empty.text")} action={add} /></Page>;
  }
  return (
    <Page title={t("title")} actions={add}>
      <h2 className="section-title">{t("running")}</h2>
      <QueryState query={open}>
        {() => (
          <>
            {running.length ? <div className="panel">{running.map((job) => <Running key={job.id} job={job} />)}</div> : <Text size="sm" c="dimmed">{t("nothingOpen")}</Text>}
            {queued.length > 0 && <><h2 className="section-title">{t("queue")}</h2><Jobs jobs={queued} models={models} /></>}
          </>
        )}
      </QueryState>
      <h2 className="section-title">{t("ended")}</h2>
      <QueryState query={ended}>{() => (past.length ? <Jobs jobs={past} models={models} /> : <Text size="sm" c="dimmed">{t("nothingEnded")}</Text>)}</QueryState>
      {ended.hasNextPage && <Group justify="center" mt="sm"><Button variant="default" loading={ended.isFetchingNextPage} onClick={() => void ended.fetchNextPage()}>{t("more", { ns: "frame" })}</Button></Group>}
    </Page>
  );
}

function Jobs({ jobs, models }: { jobs: Job[]; models: Model[] }) {
  const { t } = useTranslation("training");
  return (
    <div className="table-scroll panel">
      <Table highlightOnHover verticalSpacing="xs" className="rows roomy cards">
        <Table.Tbody>
          {jobs.map((job) => (
            <Table.Tr key={job.id}>
              <Table.Td w={110}><WorkMark state={job.state} /></Table.Td>
              <Table.Td><Link className="link" to={`/jobs/${job.id}`}>{job.title || `#${job.id}`}</Link> <span className="dim small">{t(`kind.${job.kind}`)}</span></Table.Td>
              <Table.Td><Outcome job={job} models={models} /></Table.Td>
              <Table.Td className="dim small nowrap">{took(job)}</Table.Td>
              <Table.Td className="dim small"><Time at={job.created_at} /> · {job.created_by}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function took(job: Job): string {
  if (!job.started_at || !job.finished_at) return "";
  return duration((Date.parse(job.finished_at) - Date.parse(job.started_at)) / 1000);
}
