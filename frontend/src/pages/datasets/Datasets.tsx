import { Anchor, Badge, Button, Group, Modal, Select, SimpleGrid, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPhoto, IconPlus, IconUpload } from "@tabler/icons-react";
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
import { useDrop } from "../../upload/Drop";
import { uploads } from "../../upload/store";
import { ClassBars } from "./ClassBars";
import "./datasets.css";

export const useDatasets = () => useQuery({ queryKey: ["datasets"], queryFn: () => everyPage<Dataset>("/datasets") });

/** What data do we have, is it good enough to train? */
export default function Datasets() {
  const { t } = useTranslation("datasets");
  const list = useDatasets();
  const [opened, dialog] = useDisclosure(false);
  const add = <Button leftSection={<IconPlus size={16} />} onClick={dialog.open}>{t("new")}</Button>;
  return (
    <Page title={t("title")} actions={add}>
      <QueryState query={list} skeleton={<SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>{[1, 2, 3].map((n) => <Skeleton key={n} height={220} />)}</SimpleGrid>} empty={<Empty icon={IconPhoto} title={t("empty.title")} text={t("empty.text")} action={add} />}>
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
  const go = useNavigate();
  const imports = `/datasets/${dataset.id}?tab=imports`;
  const drop = useDrop((files) => {
    uploads.add({ kind: "import", dataset: dataset.id }, files);
    void go(imports);
  });
  return (
    <article className="panel dataset-card takes-files" data-over={drop.over} {...drop.at}>
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
      {drop.trouble && <Text size="xs" c="var(--ng-ink)" role="alert">{drop.trouble}</Text>}
      <Group justify="space-between" className="foot" wrap="nowrap">
        {of.problems > 0 ? <Anchor component={Link} to={`/datasets/${dataset.id}?tab=problems`} size="xs" c="dimmed">{t("problemsLeft", { n: number(of.problems) })}</Anchor> : <span />}
        <Button component={Link} to={imports} size="compact-sm" variant="subtle" leftSection={<IconUpload size={14} />} aria-label={t("uploadTo", { name: dataset.name })}>{t("upload")}</Button>
      </Group>
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
    <Modal opened={opened} onClose={onClose} title={t("new")} closeButtonProps={{ "aria-label": t("close") }}>
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
