import { Alert, Button, Group, Switch, Text } from "@mantine/core";
import { IconSeedling, IconUpload } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { queryClient } from "../../api/queries";
import type { BaseWeights } from "../../api/types";
import { Empty } from "../../parts/Empty";
import { Page } from "../../parts/Page";
import { Problem } from "../../parts/Problem";
import { QueryState } from "../../parts/QueryState";
import { useCan } from "../../state/can";
import { AllowList } from "./AllowList";
import { useWeights } from "./useWeights";
import { WeightsDialog } from "./WeightsDialog";
import { WeightsTable } from "./WeightsTable";
import { WeightsUpload } from "./WeightsUpload";
import "../../parts/table.css";
import "./weights.css";

/** What can trainings start from, and under what licence? */
export default function Weights() {
  const { t } = useTranslation("weights");
  const writes = useCan("system");
  const [archived, setArchived] = useState(false);
  const [adding, setAdding] = useState(false);
  const [open, setOpen] = useState<BaseWeights | null>(null);
  const list = useWeights();
  const old = useQuery({ ...useWeights.query(true), enabled: archived });
  const move = useMutation({
    mutationFn: ({ row, back }: { row: BaseWeights; back: boolean }) => api.post(`/base-weights/${row.id}/${back ? "restore" : "archive"}`),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["base-weights"] }),
  });
  const moved = move.isSuccess && !move.variables.back ? move.variables.row : null;
  const upload = writes && <Button leftSection={<IconUpload size={16} />} onClick={() => setAdding(true)}>{t("upload")}</Button>;
  const nothing = <div className="panel"><Empty icon={IconSeedling} title={t("empty.title")} text={t(writes ? "empty.text" : "empty.ask")} action={upload} /></div>;
  return (
    <Page title={t("title")} actions={upload}>
      <Text size="sm" c="dimmed" mb="md" maw={760}>{t("about")}</Text>
      <Problem error={move.error} />
      {moved && (
        <Alert variant="light" color="gray" mb="md" role="status">
          <Group justify="space-between"><Text size="sm">{t("isArchived", { name: moved.name })}</Text>
            <Button size="xs" variant="default" loading={move.isPending} onClick={() => move.mutate({ row: moved, back: true })}>{t("undo", { ns: "frame" })}</Button></Group>
        </Alert>
      )}
      <QueryState query={list} empty={nothing}>
        {(all) => <WeightsTable weights={all} onOpen={setOpen} action={writes ? { words: t("archive"), run: (row) => move.mutate({ row, back: false }) } : null} />}
      </QueryState>
      <Switch mt="md" label={t("showArchived")} checked={archived} onChange={(event) => setArchived(event.currentTarget.checked)} />
      {archived && (
        <QueryState query={old} empty={<Text size="sm" c="dimmed" mt="xs">{t("noArchived")}</Text>}>
          {(all) => <div style={{ marginTop: 8 }}><WeightsTable weights={all} onOpen={setOpen} action={writes ? { words: t("restore"), run: (row) => move.mutate({ row, back: true }) } : null} /></div>}
        </QueryState>
      )}
      <AllowList writes={writes} />
      {adding && <WeightsUpload onClose={() => setAdding(false)} />}
      {open && <WeightsDialog weights={open} writes={writes} onClose={() => setOpen(null)} />}
    </Page>
  );
}
