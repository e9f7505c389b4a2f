import { Alert, Button, Group, Loader, Select, Stack, Table, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { queryClient, useDefectClasses } from "../../api/queries";
import type { Dataset, Import } from "../../api/types";
import { useLive } from "../../live/useLive";
import { Figure } from "../../parts/Figure";
import { number } from "../../parts/format";
import { Problem } from "../../parts/Problem";
import type { Entry } from "../../upload/uploader";
import { failureWords } from "../../words/jobs";
import { ProblemList } from "./ProblemList";

const NEW = "·new";
const SKIP = "·skip";

/** What was uploaded: a dry run with counts, classes to map and problems; then the import itself. */
export function ImportRun({ dataset, entries, onDone }: { dataset: Dataset; entries: Entry[]; onDone: () => void }) {
  const { t } = useTranslation("datasets");
  const [map, setMap] = useState<Record<string, string | null>>({});
  const [id, setId] = useState<number | null>(null);
  const start = useMutation({
    mutationFn: (dry: boolean) => api.post<Import>(`/datasets/${dataset.id}/imports`, { format: "auto", files: entries, class_map: map, dry_run: dry }),
    onSuccess: (row) => setId(row.id),
  });
  useEffect(() => start.mutate(true), []);
  const run = useQuery({
    queryKey: ["import", id],
    queryFn: () => api.get<Import>(`/imports/${id}`),
    enabled: id !== null,
    refetchInterval: ({ state }) => (state.data && !["queued", "running"].includes(state.data.state) ? false : 1500),
  });
  useLive(id === null ? null : `import.${id}`, () => void run.refetch());
  const now = run.data;
  const busy = !now || now.state === "queued" || now.state === "running";
  const errors = now?.problems.some((problem) => problem.level === "error");
  useEffect(() => {
    if (now?.state === "succeeded" && !now.dry_run) void queryClient.invalidateQueries({ queryKey: ["defect-classes"] });
  }, [now?.state, now?.dry_run]);
  if (start.error) return <Problem error={start.error} onRetry={() => start.mutate(true)} />;
  return (
    <section className="panel" style={{ padding: 16 }} role="status" data-import={now?.state}>
      {busy && <Group gap="sm"><Loader size="xs" /><Text size="sm">{t(now?.dry_run === false ? "importing" : "looking", { done: number(now?.done ?? 0), total: number(now?.total ?? entries.length) })}</Text></Group>}
      {now && !busy && (
        <Stack gap="md">
          {now.error && <Alert color="orange">{failureWords(now)}</Alert>}
          <div className="figures">
            <Figure label={t("format")} value={now.format || "–"} />
            <Figure label={t("images")} value={number(now.counts.samples)} />
            <Figure label={t("annotated")} value={number(now.counts.annotated)} />
            <Figure label={t("findings")} value={number(now.counts.findings)} />
          </div>
          {now.dry_run && <ClassMap of={now} map={map} onMap={setMap} />}
          <ProblemList problems={now.problems} />
          <Group>
            {now.dry_run && now.state === "succeeded" && <Button onClick={() => start.mutate(false)} loading={start.isPending} disabled={errors}>{t("import", { n: number(now.counts.samples) })}</Button>}
            {now.dry_run && errors && <Text size="sm" c="dimmed">{t("errorsFirst")}</Text>}
            {!now.dry_run && now.state === "succeeded" && <Text size="sm" fw={600}>{t("imported", { added: number(now.counts.added), updated: number(now.counts.updated) })}</Text>}
            <Button variant="default" onClick={onDone}>{t(now.dry_run ? "discard" : "done")}</Button>
          </Group>
        </Stack>
      )}
    </section>
  );
}

function ClassMap({ of, map, onMap }: { of: Import; map: Record<string, string | null>; onMap: (map: Record<string, string | null>) => void }) {
  const { t } = useTranslation("datasets");
  const classes = useDefectClasses().data ?? [];
  if (!of.classes.length) return null;
  const value = (name: string, mapped: string | null) => (name in map ? (map[name] ?? SKIP) : (mapped ?? NEW));
  const pick = (name: string, chosen: string | null) => onMap({ ...map, [name]: chosen === SKIP ? null : chosen === NEW || !chosen ? name : chosen });
  return (
    <Table>
      <Table.Thead><Table.Tr><Table.Th>{t("classRead")}</Table.Th><Table.Th>{t("findings")}</Table.Th><Table.Th>{t("becomes")}</Table.Th></Table.Tr></Table.Thead>
      <Table.Tbody>
        {of.classes.map((each) => (
          <Table.Tr key={each.name}>
            <Table.Td>{each.name}</Table.Td>
            <Table.Td>{number(each.findings)}</Table.Td>
            <Table.Td>
              <Select value={value(each.name, each.mapped_to)} onChange={(chosen) => pick(each.name, chosen)} allowDeselect={false} searchable aria-label={each.name}
                data={[{ value: NEW, label: t("newClass", { name: each.name }) }, ...classes.map((known) => known.name), { value: SKIP, label: t("leaveOut") }]} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
