import { Anchor, Badge, Button, Group, Modal, Select, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPhoto, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router-dom";
import { api, everyPage } from "../../api/client";
import type { Dataset } from "../../api/types";
import { Empty } from "../../parts/Empty";
import { number, percent } from "../../parts/format";
import { Page } from "../../parts/Page";
import { fieldOf, Problem } from "../../parts/Problem";
import { QueryState } from "../../parts/QueryState";
import { ClassBars } from "./ClassBars";

export const useDatasets = () => useQuery({ queryKey: ["datasets"], queryFn: () => everyPage<Dataset>("/datasets") });

/** What data do we have, is it good enough to train? */
export default function Datasets() {
  const { t } = useTranslation("datasets");
  const list = useDatasets();
  const [opened, dialog] = useDisclosure(false);
  const add = <Button leftSection={<IconPlus size={16} />} onClick={dialog.open}>{t("new")}</Button>;
  return (
    <Page title={t("title")} actions={add}>
      <QueryState query={list} empty={<Empty icon={IconPhoto} title={t("empty.title")} text={t("empty.text")} action={add} />}>
        {(datasets) => (
          <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
            {datasets.map((dataset) => <Card key={dataset.id} dataset={dataset} />)}
          </SimpleGrid>
        )}
      </QueryState>
      <NewDataset opened={opened} onClose={dialog.close} />
    </Page>
  );
}

function Card({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation("datasets");
  const of = dataset.summary;
  const share = of.samples ? of.annotated / of.samples : null;
  return (
    <article className="panel" style={{ padding: 16 }}>
      <Group justify="space-between" wrap="nowrap">
        <Anchor component={Link} to={`/datasets/${dataset.id}`} fw={600} c="inherit" className="ellipsis">{dataset.name}</Anchor>
        <Badge variant="light" color="gray">{t(`task.${dataset.task}`)}</Badge>
      </Group>
      <Group gap="lg" mt="sm">
        <Stack gap={0}><Text size="xl" fw={600}>{number(of.samples)}</Text><Text size="xs" c="dimmed">{t("images")}</Text></Stack>
        <Stack gap={0}><Text size="xl" fw={600}>{percent(share, 0)}</Text><Text size="xs" c="dimmed">{t("annotated")}</Text></Stack>
        <Stack gap={0}><Text size="xl" fw={600}>{number(of.versions)}</Text><Text size="xs" c="dimmed">{t("versions")}</Text></Stack>
      </Group>
      <ClassBars classes={of.classes.slice(0, 6)} />
      {of.problems > 0 && <Text size="xs" c="dimmed" mt="xs">{t("problemsLeft", { n: number(of.problems) })}</Text>}
    </article>
  );
}

function NewDataset({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation("datasets");
  const go = useNavigate();
  const [name, setName] = useState("");
  const [task, setTask] = useState("detect");
  const make = useMutation({
    mutationFn: () => api.post<Dataset>("/datasets", { name, task }),
    onSuccess: (made) => go(`/datasets/${made.id}?tab=imports`),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  const tasks = ["detect", "classify", "segment", "anomaly"].map((value) => ({ value, label: `${t(`task.${value}`)}: ${t(`taskMore.${value}`)}` }));
  return (
    <Modal opened={opened} onClose={onClose} title={t("new")}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput label={t("name")} value={name} onChange={(e) => setName(e.currentTarget.value)} required data-autofocus error={fieldOf(make.error, "name")} />
          <Select label={t("taskLabel")} data={tasks} value={task} onChange={(v) => setTask(v ?? "detect")} allowDeselect={false} />
          <Problem error={make.error} fieldsShown={["name"]} />
          <Button type="submit" loading={make.isPending}>{t("create")}</Button>
        </Stack>
      </form>
    </Modal>
  );
}
