import { Button, Grid } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router-dom";
import { api } from "../../api/client";
import type { Job } from "../../api/types";
import { useLive } from "../../live/useLive";
import { Confirm } from "../../parts/Confirm";
import { Page } from "../../parts/Page";
import { Problem } from "../../parts/Problem";
import { QueryState } from "../../parts/QueryState";
import { WorkMark } from "../../parts/Verdict";
import { learnsToDraw } from "../synthetic/learns";
import { Tried } from "../extend/Tried";
import { BatchResults } from "./BatchResults";
import { Curves } from "./Curves";
import { JobFacts } from "./JobFacts";
import { AsOf, JobState } from "./JobState";
import { Log } from "./Log";
import { seriesOf } from "./metrics";
import { Predictions } from "./Predictions";
import { useEvents } from "./useEvents";
import "./training.css";

/** Is it learning? */
export default function JobPage() {
  const { t } = useTranslation("training");
  const id = Number(useParams().id);
  const query = useQuery({
    queryKey: ["job", id], queryFn: () => api.get<Job>(`/jobs/${id}`),
    refetchInterval: (now) => (now.state.data && ["running", "queued"].includes(now.state.data.state) ? 4000 : 30_000),
  });
  useLive(`job.${id}`, () => void query.refetch());
  const [asked, ask] = useState(false);
  const retry = useMutation({ mutationFn: () => api.post(`/jobs/${id}/retry`), onSettled: () => query.refetch() });
  const job = query.data;
  const open = job && (job.state === "running" || job.state === "queued");
  const actions = job && (
    <>
      {job.model_version && <Button component={Link} to={learnsToDraw(job) ? "/synthetic" : `/models/${job.model_version}`}>{learnsToDraw(job) ? t("drawMore", { ns: "synthetic" }) : t("openModel")}</Button>}
      {typeof job.result.synthetic === "number" && <Button component={Link} to={`/synthetic/${job.result.synthetic}`}>{t("lookThrough", { ns: "synthetic" })}</Button>}
      {open && <Button variant="default" onClick={() => ask(true)}>{t("cancel")}</Button>}
      {(job.state === "failed" || job.state === "cancelled") && <Button loading={retry.isPending} onClick={() => retry.mutate()}>{t("retry")}</Button>}
    </>
  );
  return (
    <Page title={job?.title || t("job", { id })} beside={job && <><WorkMark state={job.state} /><AsOf at={query.dataUpdatedAt} open={Boolean(open)} /></>} actions={actions}>
      <Problem error={retry.error} />
      <QueryState query={query}>{(now) => <Whole key={now.id} job={now} onChanged={() => void query.refetch()} />}</QueryState>
      <Confirm opened={asked} onClose={() => ask(false)} danger title={t("cancelTitle", { title: job?.title || `#${id}` })} text={t("cancelText")} action={t("cancelIt")}
        run={async () => { await api.post(`/jobs/${id}/cancel`); await query.refetch(); }} />
    </Page>
  );
}

function Whole({ job, onChanged }: { job: Job; onChanged: () => void }) {
  const { t } = useTranslation("training");
  const { events, error } = useEvents(job.id);
  const { losses, scores } = seriesOf(events);
  return (
    <>
      <JobState job={job} />
      <Problem error={error} />
      {job.kind === "extend" && <Tried job={job} onSaved={onChanged} />}
      {job.kind === "batch" && <BatchResults job={job} />}
      {job.kind === "train" && (
        <Grid>
          <Grid.Col span={{ base: 12, lg: 6 }}><Curves title={t("losses")} series={losses} /></Grid.Col>
          <Grid.Col span={{ base: 12, lg: 6 }}><Curves title={learnsToDraw(job) ? t("likeness", { ns: "synthetic" }) : t("scores")} series={scores} /></Grid.Col>
        </Grid>
      )}
      <Predictions events={events} drawn={learnsToDraw(job)} />
      <Log events={events} />
      <JobFacts job={job} />
    </>
  );
}
