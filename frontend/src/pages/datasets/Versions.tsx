import { Alert, Button, Group, Modal, NumberInput, Progress, Stack, Table, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconSnowflake } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import { api, everyPage } from "../../api/client";
import { queryClient } from "../../api/queries";
import type { Dataset, DatasetVersion } from "../../api/types";
import { Empty } from "../../parts/Empty";
import { number } from "../../parts/format";
import { fieldOf, Problem } from "../../parts/Problem";
import { QueryState } from "../../parts/QueryState";
import { Time } from "../../parts/Time";

const SPLITS = ["train", "val", "test"] as const;
const COLOURS = { train: "indigo", val: "cyan", test: "orange" };

/** Frozen states of the dataset: what training reads. */
export function Versions({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation("datasets");
  const [opened, dialog] = useDisclosure(false);
  const [same, setSame] = useState<number | null>(null);
  const list = useQuery({ queryKey: ["versions", dataset.id], queryFn: () => everyPage<DatasetVersion>(`/datasets/${dataset.id}/versions`) });
  const freeze = <Button leftSection={<IconSnowflake size={16} />} onClick={dialog.open} disabled={!dataset.summary.annotated}>{t("freeze")}</Button>;
  const frozen = (made: DatasetVersion) => setSame(list.data?.some(({ id }) => id === made.id) ? made.number : null);
  return (
    <>
      <Group mb="md">{freeze}{!dataset.summary.annotated && <Text size="sm" c="dimmed">{t("freezeNothing")}</Text>}</Group>
      {same !== null && <Alert mb="md" color="indigo" variant="light" withCloseButton closeButtonLabel={t("close")} onClose={() => setSame(null)}>{t("nothingChanged", { n: same })}</Alert>}
      <QueryState query={list} empty={<Empty icon={IconSnowflake} title={t("noVersions.title")} text={t("noVersions.text")} />}>
        {(versions) => (
          <div className="table-scroll panel">
            <Table>
              <Table.Thead><Table.Tr><Table.Th>{t("number")}</Table.Th><Table.Th w="40%">{t("splitsHead")}</Table.Th><Table.Th>{t("hash")}</Table.Th><Table.Th>{t("when")}</Table.Th><Table.Th /></Table.Tr></Table.Thead>
              <Table.Tbody>
                {versions.map((version) => (
                  <Table.Tr key={version.id}>
                    <Table.Td>v{version.number}</Table.Td>
                    <Table.Td><Splits of={version.splits} synthetic={version.synthetic} /></Table.Td>
                    <Table.Td><code title={version.content_hash}>{version.content_hash.slice(0, 12)}</code></Table.Td>
                    <Table.Td><Time at={version.created_at} /> · {version.created_by}</Table.Td>
                    <Table.Td><Link className="link" to={`/training/new?version=${version.id}`}>{t("train")}</Link></Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
      </QueryState>
      <Freeze dataset={dataset} opened={opened} onFrozen={frozen} onClose={dialog.close} />
    </>
  );
}

function Splits({ of, synthetic }: { of: Record<string, number>; synthetic: number }) {
  const { t } = useTranslation("datasets");
  const total = SPLITS.reduce((sum, split) => sum + (of[split] ?? 0), 0) || 1;
  return (
    <Stack gap={2}>
      <Progress.Root size="sm">
        {SPLITS.map((split) => <Progress.Section key={split} value={((of[split] ?? 0) / total) * 100} color={COLOURS[split]} />)}
      </Progress.Root>
      <Text size="xs" c="dimmed">{SPLITS.map((split) => `${t(`splits.${split}`)} ${number(of[split] ?? 0)}`).join(" · ")}{synthetic > 0 && ` · ${t("syntheticIn", { n: number(synthetic) })}`}</Text>
    </Stack>
  );
}

function Freeze({ dataset, opened, onFrozen, onClose }: { dataset: Dataset; opened: boolean; onFrozen: (made: DatasetVersion) => void; onClose: () => void }) {
  const { t } = useTranslation("datasets");
  const [shares, setShares] = useState({ train: 70, val: 15, test: 15 });
  const [seed, setSeed] = useState(0);
  const act = useMutation({
    mutationFn: () => api.post<DatasetVersion>(`/datasets/${dataset.id}/versions`, { splits: { train: shares.train / 100, val: shares.val / 100, test: shares.test / 100 }, seed }),
    onSuccess: async (made) => {
      onFrozen(made);
      queryClient.removeQueries({ queryKey: ["samples", dataset.id] }); // they have their splits now
      await queryClient.invalidateQueries({ queryKey: ["versions", dataset.id] });
      await queryClient.invalidateQueries({ queryKey: ["dataset", dataset.id] });
      onClose();
    },
  });
  const sum = shares.train + shares.val + shares.test;
  return (
    <Modal opened={opened} onClose={onClose} title={t("freeze")} closeButtonProps={{ "aria-label": t("close") }}>
      <Stack gap="md">
        <Text size="sm" c="dimmed">{t("freezeMore", { n: number(dataset.summary.annotated) })}</Text>
        <Group grow>
          {SPLITS.map((split) => <NumberInput key={split} label={`${t(`splits.${split}`)} %`} min={0} max={100} value={shares[split]} onChange={(v) => setShares({ ...shares, [split]: Number(v) || 0 })} />)}
        </Group>
        <NumberInput label={t("seed")} description={t("seedMore")} min={0} value={seed} onChange={(v) => setSeed(Number(v) || 0)} />
        {sum !== 100 && <Text size="sm" c="var(--ng-ink)">{t("sum", { sum })}</Text>}
        <Problem error={act.error} fieldsShown={[]} />
        {fieldOf(act.error, "splits") && <Text size="sm" c="var(--ng-ink)">{fieldOf(act.error, "splits")}</Text>}
        <Button onClick={() => act.mutate()} loading={act.isPending} disabled={sum !== 100}>{t("freeze")}</Button>
      </Stack>
    </Modal>
  );
}
