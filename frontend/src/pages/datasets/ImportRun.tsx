import { Alert, Button, CloseButton, Group, Loader, Progress, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { Dataset, Import } from "../../api/types";
import { useLive } from "../../live/useLive";
import { Figure } from "../../parts/Figure";
import { number } from "../../parts/format";
import { Problem } from "../../parts/Problem";
import { failureWords } from "../../words/jobs";
import { QueryState } from "../../parts/QueryState";
import { ClassMap, type Mapping, wholeMap } from "./ClassMap";
import { isBusy } from "./ImportList";
import { datasetChanged } from "./Imports";
import { PartBy, type Parts } from "./PartBy";
import { ProblemList } from "./ProblemList";

interface Props { dataset: Dataset; id: number; onNext: (id: number) => void; onClose: () => void }
type Again = { dry_run: boolean };

/** One import: a dry run with counts, classes to map and problems, then the import itself. */
export function ImportRun({ dataset, id, onNext, onClose }: Props) {
  const [map, setMap] = useState<Mapping>({});
  const [parts, setParts] = useState<Parts>(null);
  const run = useQuery({
    queryKey: ["import", id],
    queryFn: () => api.get<Import>(`/imports/${id}`),
    refetchInterval: ({ state }) => (state.data && !isBusy(state.data) ? false : 1500),
  });
  useLive(`import.${id}`, () => void run.refetch({ cancelRefetch: false }));
  const again = useMutation({
    mutationFn: (ask: Again) => api.post<Import>(`/imports/${id}/again`, { ...ask, ...parts, class_map: wholeMap(run.data!, map) }),
    onSuccess: (row) => onNext(row.id),
  });
  const cancel = useMutation({ mutationFn: () => api.post<Import>(`/imports/${id}/cancel`), onSuccess: () => run.refetch() });
  const state = run.data?.state;
  useEffect(() => {
    if (state && state !== "queued" && state !== "running") datasetChanged(dataset.id);
  }, [state, id, dataset.id]);
  return (
    <section className="panel" style={{ padding: 16 }} role="status" data-import={state}>
      <QueryState query={run} skeleton={<Loader size="xs" />}>
        {(now) => isBusy(now)
          ? <Working now={now} stopping={cancel.isPending} onCancel={() => cancel.mutate()} />
          : <Ended now={now} map={map} onMap={setMap} parts={parts} onParts={setParts} pending={again.isPending} onAgain={(ask) => again.mutate(ask)} onClose={onClose} />}
      </QueryState>
      <Problem error={again.error ?? cancel.error} />
    </section>
  );
}

function Working({ now, stopping, onCancel }: { now: Import; stopping: boolean; onCancel: () => void }) {
  const { t } = useTranslation("datasets");
  const words = now.state === "queued" ? "waiting" : now.dry_run ? "looking" : "importing";
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Group gap="sm"><Loader size="xs" /><Text size="sm">{t(words, { done: number(now.done), total: number(now.total) })}</Text></Group>
        <Button size="xs" variant="default" loading={stopping} onClick={onCancel}>{t("cancel")}</Button>
      </Group>
      <Progress value={now.total ? (now.done / now.total) * 100 : 0} animated aria-label={t(words, { done: now.done, total: now.total })} />
    </Stack>
  );
}

interface EndedProps { now: Import; map: Mapping; onMap: (map: Mapping) => void; parts: Parts; onParts: (parts: Parts) => void; pending: boolean; onAgain: (ask: Again) => void; onClose: () => void }

function Ended({ now, map, onMap, parts, onParts, pending, onAgain, onClose }: EndedProps) {
  const { t } = useTranslation("datasets");
  const errors = now.problems.some((problem) => problem.level === "error");
  const open = now.dry_run && now.state === "succeeded";
  const changed = Object.keys(map).length > 0 || parts !== null;
  const format = now.format ? t(`formats.${now.format}`, { defaultValue: now.format }) : "–";
  return (
    <Stack gap="md">
      <Group justify="space-between" wrap="nowrap">
        <Text fw={600}>{t(`ended.${now.dry_run ? "dry" : "import"}.${now.state}`)}</Text>
        <CloseButton aria-label={t("close")} onClick={onClose} />
      </Group>
      {now.error && <Alert color="orange" variant="light">{failureWords(now)}</Alert>}
      <div className="figures">
        <Figure label={t("format")} value={format} />
        <Figure label={t("images")} value={number(now.counts.samples)} />
        {Number(now.counts.images) > Number(now.counts.samples) && <Figure label={t("otherModalities")} value={number(Number(now.counts.images) - Number(now.counts.samples))} />}
        <Figure label={t("annotated")} value={number(now.counts.annotated)} />
        <Figure label={t("findings")} value={number(now.counts.findings)} />
        {now.counts.parts !== undefined && <Figure label={t("parts")} value={number(now.counts.parts)} />}
      </div>
      {open && <ClassMap of={now} map={map} onMap={onMap} />}
      {open && <PartBy of={now} parts={parts} onParts={onParts} />}
      <ProblemList problems={now.problems} />
      {open && errors && <Text size="sm" c="var(--ng-ink)">{t("errorsFirst")}</Text>}
      {!now.dry_run && now.state === "succeeded" && <Text size="sm" fw={600}>{t("imported", { added: number(now.counts.added), updated: number(now.counts.updated) })}</Text>}
      <Group>
        {open && <Button onClick={() => onAgain({ dry_run: false })} loading={pending} disabled={errors}>{t("import", { n: number(now.counts.samples) })}</Button>}
        {open && changed && <Button variant="default" onClick={() => onAgain({ dry_run: true })} disabled={pending}>{t("checkAgain")}</Button>}
        {(now.state === "failed" || now.state === "cancelled") && <Button variant="default" onClick={() => onAgain({ dry_run: now.dry_run })} loading={pending}>{t("again")}</Button>}
        <Button variant={open ? "subtle" : "default"} color={open ? "gray" : undefined} onClick={onClose}>{t(open ? "later" : "done")}</Button>
      </Group>
    </Stack>
  );
}
