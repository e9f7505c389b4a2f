import { Button, Group, Table, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, everyPage } from "../../api/client";
import type { Dataset, Import } from "../../api/types";
import { useFrames } from "../../live/useLive";
import { number } from "../../parts/format";
import { Problem } from "../../parts/Problem";
import { QueryState } from "../../parts/QueryState";
import { Time } from "../../parts/Time";
import { WorkMark } from "../../parts/Verdict";
import { datasetChanged } from "./Imports";
import { failureWords } from "../../words/jobs";

export const isBusy = ({ state }: Pick<Import, "state">) => state === "queued" || state === "running";

export const useImports = (dataset: number) =>
  useQuery({
    queryKey: ["imports", dataset],
    queryFn: () => everyPage<Import>(`/datasets/${dataset}/imports`),
    refetchInterval: ({ state }) => (state.data?.some(isBusy) ? 3000 : false),
  });

/** Every import, newest first, each to be opened, stopped or tried again. */
export function ImportList({ dataset, open, onOpen }: { dataset: Dataset; open: number | null; onOpen: (id: number) => void }) {
  const { t } = useTranslation("datasets");
  const list = useImports(dataset.id);
  const act = useMutation({
    mutationFn: ({ id, what }: { id: number; what: "cancel" | "again" }) => api.post<Import>(`/imports/${id}/${what}`),
    onSuccess: (row, { what }) => {
      datasetChanged(dataset.id);
      if (what === "again") onOpen(row.id);
    },
  });
  const busy = list.data?.find(isBusy)?.id ?? null;
  useFrames(busy === null ? null : `import.${busy}`, (event) => event.state !== "running" && datasetChanged(dataset.id));
  return (
    <>
      <Problem error={act.error} />
      <QueryState query={list} empty={<Text size="sm" c="dimmed">{t("noImports")}</Text>}>
        {(imports) => (
          <div className="table-scroll panel">
            <Table>
              <Table.Thead><Table.Tr><Table.Th>{t("state")}</Table.Th><Table.Th>{t("format")}</Table.Th><Table.Th ta="right">{t("images")}</Table.Th><Table.Th pl="lg">{t("problems")}</Table.Th><Table.Th>{t("when")}</Table.Th><Table.Th /></Table.Tr></Table.Thead>
              <Table.Tbody>
                {imports.map((each) => <Row key={each.id} of={each} shown={each.id === open} pending={act.isPending} onOpen={() => onOpen(each.id)} onAct={(what) => act.mutate({ id: each.id, what })} />)}
              </Table.Tbody>
            </Table>
          </div>
        )}
      </QueryState>
    </>
  );
}

interface RowProps { of: Import; shown: boolean; pending: boolean; onOpen: () => void; onAct: (what: "cancel" | "again") => void }

function Row({ of, shown, pending, onOpen, onAct }: RowProps) {
  const { t } = useTranslation("datasets");
  const again = !of.dry_run && (of.state === "failed" || of.state === "cancelled");
  return (
    <Table.Tr data-import={of.id} bg={shown ? "var(--accent-ground)" : undefined}>
      <Table.Td className="nowrap"><WorkMark state={of.state} /> {of.dry_run && <span className="dim small">{t("dry")}</span>}</Table.Td>
      <Table.Td>{of.format ? t(`formats.${of.format}`, { defaultValue: of.format }) : "–"}</Table.Td>
      <Table.Td ta="right">{isBusy(of) ? t("doneOf", { done: number(of.done), total: number(of.total) }) : number(of.counts.samples)}</Table.Td>
      <Table.Td pl="lg">{failureWords(of) || number(of.problems.length)}</Table.Td>
      <Table.Td><Time at={of.created_at} /> · {of.created_by}</Table.Td>
      <Table.Td>
        <Group gap="xs" justify="flex-end" wrap="nowrap">
          {again && <Button size="compact-sm" variant="default" disabled={pending} onClick={() => onAct("again")}>{t("again")}</Button>}
          {isBusy(of) && <Button size="compact-sm" variant="default" disabled={pending} onClick={() => onAct("cancel")}>{t("cancel")}</Button>}
          <Button size="compact-sm" variant="subtle" disabled={shown} onClick={onOpen}>{t("open")}</Button>
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
