import { Alert, Button, Grid, Group, Progress, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router-dom";
import { api } from "../../api/client";
import type { Job } from "../../api/types";
import { useLive } from "../../live/useLive";
import { duration } from "../../parts/format";
import { Page } from "../../parts/Page";
import { Problem } from "../../parts/Problem";
import { QueryState } from "../../parts/QueryState";
import { WorkMark } from "../../parts/Verdict";
import { failureWords, hintWords, stageWords } from "../../words/jobs";
import { BatchResults } from "./BatchResults";
import { Curves } from "./Curves";
import { Log } from "./Log";
import { seriesOf } from "./metrics";
import { Predictions } from "./Predictions";
import { useEvents } from "./useEvents";

/** Is it learning? */
export default function JobPage() {
  const { t } = useTranslation("training");
  const id = Number(useParams().id);
  const query = useQuery({ queryKey: ["job", id], queryFn: () => api.get<Job>(`/jobs/${id}`), refetchInterval: 4000 });
  useLive(`job.${id}`, () => void query.refetch());
  const act = useMutation({ mutationFn: (what: "cancel" | "retry") => api.post(`/jobs/${id}/${what}`), onSettled: () => query.refetch() });
  const job = query.data;
  const actions = job && (
    <>
      {job.model_version && <Button component={Link} to={`/models/${job.model_version}`}>{t("openModel")}</Button>}
      {(job.state === "running" || job.state === "queued") && <Button variant="default" loading={act.isPending} onClick={() => act.mutate("cancel")}>{t("cancel")}</Button>}
      {(job.state === "failed" || job.state === "cancelled") && <Button loading={act.isPending} onClick={() => act.mutate("retry")}>{t("retry")}</Button>}
    </>
  );
  return (
    <Page title={job?.title ?? t("job", { id })} beside={job && <WorkMark state={job.state} />} actions={actions}>
      <Problem error={act.error} />
      <QueryState query={query}>{(now) => <Whole job={now} />}</QueryState>
    </Page>
  );
}

function Whole({ job }: { job: Job }) {
  const { t } = useTranslation("training");
  const events = useEvents(job.id);
  const { losses, scores } = seriesOf(events);
  return (
    <>
      {job.state === "failed" && (
        <Alert color="orange" mb="md" title={failureWords(job)}><Text size="sm">{hintWords(job)}</Text><Text size="xs" c="dimmed">{job.error_code}</Text></Alert>
      )}
      {(job.state === "running" || job.state === "queued") && (
        <section className="panel" style={{ padding: 16, marginBottom: 16 }} role="status">
          <Group justify="space-between">
            <Text size="sm" fw={600}>{job.state === "queued" ? t("position", { n: job.queue_position ?? 1 }) : stageWords(job.stage)}</Text>
            <Text size="sm" c="dimmed">{job.device} {job.seconds_left !== null && `· ${t("left", { time: duration(job.seconds_left) })}`} {job.attempt > 1 && `· ${t("attempt", { n: job.attempt })}`}</Text>
          </Group>
          <Progress value={job.progress * 100} mt="xs" animated={job.state === "running"} />
        </section>
      )}
      {job.kind === "batch" ? <BatchResults job={job} /> : (
        <Grid>
          <Grid.Col span={{ base: 12, lg: 6 }}><Curves title={t("losses")} series={losses} /></Grid.Col>
          <Grid.Col span={{ base: 12, lg: 6 }}><Curves title={t("scores")} series={scores} /></Grid.Col>
        </Grid>
      )}
      <Predictions events={events} />
      <Log events={events} />
    </>
  );
}
