import { Button, Modal, Select, Stack, Tabs, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router-dom";
import { api, everyPage } from "../../api/client";
import type { Dataset, DatasetVersion, Job, Model } from "../../api/types";
import { number } from "../../parts/format";
import { Problem } from "../../parts/Problem";
import type { Target } from "../../upload/deliver";
import { Drop } from "../../upload/Drop";
import type { Named } from "../../upload/files";
import { uploads, useUploads } from "../../upload/store";
import { UploadPanel } from "../../upload/UploadPanel";
import { IMAGE } from "../../parts/images";

interface Props { model: Model; opened: boolean; onClose: () => void }

/** Run the model over a dataset, a frozen version of one, or a folder uploaded for it. */
export function BatchDialog({ model, opened, onClose }: Props) {
  const { t } = useTranslation("models");
  return (
    <Modal opened={opened} onClose={onClose} size="lg" title={t("batchTitle", { id: model.id })} closeButtonProps={{ "aria-label": t("batchClose") }}>
      <Tabs defaultValue="dataset">
        <Tabs.List mb="md">
          <Tabs.Tab value="dataset">{t("batchFrom.dataset")}</Tabs.Tab>
          <Tabs.Tab value="folder">{t("batchFrom.folder")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="dataset"><FromDataset model={model} /></Tabs.Panel>
        <Tabs.Panel value="folder"><FromFolder model={model} /></Tabs.Panel>
      </Tabs>
    </Modal>
  );
}

const EVERY = "all"; // as the dataset is now, or every split of a version

function FromDataset({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  const go = useNavigate();
  const [dataset, setDataset] = useState<string | null>(null);
  const [version, setVersion] = useState(EVERY);
  const [split, setSplit] = useState(EVERY);
  const datasets = useQuery({ queryKey: ["datasets"], queryFn: () => everyPage<Dataset>("/datasets") });
  const versions = useQuery({ queryKey: ["versions", Number(dataset)], queryFn: () => everyPage<DatasetVersion>(`/datasets/${dataset}/versions`), enabled: dataset !== null });
  const start = useMutation({
    mutationFn: () => api.post<Job>("/jobs", { kind: "batch", model: model.id, ...source() }),
    onSuccess: (job) => go(`/jobs/${job.id}`),
  });
  const source = () => version === EVERY ? { dataset: Number(dataset) } : { dataset_version: Number(version), split: split === EVERY ? null : split };
  const frozen = versions.data?.find((each) => String(each.id) === version);
  const splits = (["train", "val", "test"] as const).map((name) => ({ value: name, label: t("batchSplit", { name: t(`splits.${name}`, { ns: "datasets" }), n: number(frozen?.splits[name]) }) }));
  const pick = (value: string | null) => {
    setDataset(value);
    setVersion(EVERY);
    setSplit(EVERY);
  };
  return (
    <Stack gap="md">
      <Problem error={datasets.error ?? versions.error} onRetry={() => void (datasets.error ? datasets : versions).refetch()} />
      <Select label={t("dataset")} value={dataset} onChange={pick} searchable data={datasets.data?.map((each) => ({ value: String(each.id), label: `${each.name} (${number(each.summary.samples)})` })) ?? []} />
      {dataset && <Select label={t("batchVersion")} value={version} onChange={(value) => setVersion(value ?? EVERY)} allowDeselect={false}
        data={[{ value: EVERY, label: t("batchNow") }, ...(versions.data ?? []).map((each) => ({ value: String(each.id), label: t("batchFrozen", { n: each.number }) }))]} />}
      {frozen && <Select label={t("batchSplits")} value={split} onChange={(value) => setSplit(value ?? EVERY)} allowDeselect={false} data={[{ value: EVERY, label: t("batchEverySplit") }, ...splits]} />}
      <Problem error={start.error} />
      <Button disabled={!dataset} loading={start.isPending} onClick={() => start.mutate()}>{t("runDataset")}</Button>
    </Stack>
  );
}

function FromFolder({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  const go = useNavigate();
  const target: Target = { kind: "batch", model: model.id };
  const here = useUploads(target);
  const [none, setNone] = useState(false);
  const ready = here.find(({ result }) => result !== null);
  useEffect(() => {
    if (!ready) return;
    uploads.discard(ready.id);
    void go(`/jobs/${ready.result}`);
  }, [ready?.id]);
  const begin = (files: Named[]) => {
    const images = files.filter(({ path }) => IMAGE.test(path));
    setNone(files.length > 0 && !images.length);
    uploads.add(target, images);
  };
  return (
    <Stack gap="md">
      {here.map((each) => <UploadPanel key={each.id} upload={each} />)}
      {!here.length && <Drop title={t("runFolder")} more={t("runFolderMore")} onFiles={begin} />}
      {none && <Text size="sm" c="var(--ng-ink)" role="alert">{t("batchNoImages")}</Text>}
    </Stack>
  );
}
