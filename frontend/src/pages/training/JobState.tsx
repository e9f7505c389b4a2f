import { Alert, Group, Progress, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Job } from "../../api/types";
import { duration, time } from "../../parts/format";
import { useZone } from "../../state/scope";
import { failureWords, hintWords, stageWords } from "../../words/jobs";

const OLD = 15_000; // ms after which what is shown says when it was true

/** How far it is, or what went wrong and what to try. */
export function JobState({ job }: { job: Job }) {
  const { t } = useTranslation("training");
  if (job.state === "failed") {
    return (
      <Alert color="orange" mb="md" title={failureWords(job) || t("failedWithoutWords")} role="alert">
        {job.hint && <Text size="sm"><b>{t("try")}</b> {hintWords(job)}</Text>}
        <Text size="xs" c="dimmed">{job.error_code}</Text>
      </Alert>
    );
  }
  if (job.state !== "running" && job.state !== "queued") return null;
  const facts = [
    job.seconds_left !== null && job.state === "running" && t("left", { time: duration(job.seconds_left) }),
    job.device, job.attempt > 1 && t("attempt", { n: job.attempt }),
  ].filter(Boolean);
  return (
    <section className="panel" style={{ padding: 16, marginBottom: 16 }} role="status">
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={600}>{job.state === "queued" ? t("position", { n: job.queue_position ?? 1 }) : stageWords(job.stage) || t("starting")}</Text>
        <Text size="sm" c="dimmed">{facts.join(" · ")}</Text>
      </Group>
      <Progress value={job.progress * 100} mt="xs" animated={job.state === "running"} aria-label={t("progress")} />
    </section>
  );
}

/** "As of 12:04:10" once the page has heard nothing for a while. */
export function AsOf({ at, open }: { at: number; open: boolean }) {
  const { t } = useTranslation("training");
  const zone = useZone();
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 5000);
    return () => clearInterval(timer);
  }, []);
  if (!open || now - at < OLD) return null;
  return <Text size="xs" c="dimmed">{t("asOf", { time: time(new Date(at).toISOString(), zone) })}</Text>;
}
