import { Alert, Button, Checkbox, Select, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router-dom";
import { api, everyPage } from "../../api/client";
import type { Dataset, DatasetVersion, Job, Model } from "../../api/types";
import { number } from "../../parts/format";
import { Page } from "../../parts/Page";
import { fieldOf, Problem } from "../../parts/Problem";
import { QueryState } from "../../parts/QueryState";
import { Uploader } from "../../upload/uploader";
import { type Chosen, Images } from "./Images";
import "./extend.css";

/** A class more for a few-shot model: its name, its images, and where the effect is measured. */
export default function NewClass() {
  const { t } = useTranslation("extend");
  const id = Number(useParams().id);
  const query = useQuery({ queryKey: ["model", id], queryFn: () => api.get<Model>(`/models/${id}`) });
  return (
    <Page title={t("title", { id })}>
      <QueryState query={query}>{(model) => <Form model={model} />}</QueryState>
    </Page>
  );
}

function Form({ model }: { model: Model }) {
  const { t } = useTranslation("extend");
  const go = useNavigate();
  const [name, setName] = useState("");
  const [good, setGood] = useState(false);
  const [images, setImages] = useState<Chosen[]>([]);
  const [version, setVersion] = useState(model.dataset_version === null ? null : String(model.dataset_version));
  const start = useMutation({
    mutationFn: async () => api.post<Job>("/jobs", {
      kind: "extend", model: model.id, class_name: name.trim(), good, files: await sent(images),
      dataset_version: version === null ? null : Number(version),
    }),
    onSuccess: (job) => go(`/jobs/${job.id}`),
  });
  return (
    <div className="new-class">
      <Stack gap="md" className="panel new-class-form">
        <Text size="sm">{t("intro", { classes: model.classes.join(", ") })}</Text>
        <TextInput label={t("name")} value={name} onChange={(e) => setName(e.currentTarget.value)} maxLength={100} required error={fieldOf(start.error, "class_name")} />
        <Checkbox label={t("good")} description={t("goodMore")} checked={good} onChange={(e) => setGood(e.currentTarget.checked)} />
        <MeasuredOn model={model} value={version} onChange={setVersion} error={fieldOf(start.error, "dataset_version")} />
        {images.length > 0 && <Alert color="gray" variant="light" title={t("expect")}><Text size="sm">{t(expectation(images.length))}</Text></Alert>}
        <Problem error={start.error} fieldsShown={["class_name", "dataset_version"]} />
        <Button loading={start.isPending} disabled={!name.trim() || !images.length || version === null} onClick={() => start.mutate()}>{t("try")}</Button>
        <Text size="xs" c="dimmed">{t("tryMore")}</Text>
      </Stack>
      <Images chosen={images} onChange={setImages} />
    </div>
  );
}

/** The images by their hashes; those that are files go to the server first. */
async function sent(images: Chosen[]): Promise<{ path: string; sha256: string }[]> {
  const known = images.flatMap(({ path, sha256 }) => (sha256 ? [{ path, sha256 }] : []));
  const files = images.flatMap(({ path, file }) => (file ? [{ path, file }] : []));
  if (!files.length) return known;
  const uploader = new Uploader(files, () => undefined);
  if (!(await uploader.run())) throw uploader.progress.problem ?? new Error(uploader.progress.failed.map(({ path, why }) => `${path}: ${why}`).join("\n"));
  return [...known, ...uploader.entries];
}

/** What so many images can be expected to do. */
function expectation(count: number): string {
  if (count === 1) return "expectOne";
  return count < 5 ? "expectFew" : "expectMany";
}

function MeasuredOn({ model, value, onChange, error }: { model: Model; value: string | null; onChange: (value: string | null) => void; error?: React.ReactNode }) {
  const { t } = useTranslation("extend");
  const datasets = useQuery({ queryKey: ["datasets"], queryFn: () => everyPage<Dataset>("/datasets") });
  const fit = (datasets.data ?? []).filter((each) => each.task === "classify" && each.summary.versions > 0);
  const own = fit.find((each) => each.name === model.dataset_name);
  const [dataset, setDataset] = useState<string | null>(null);
  const chosen = dataset ?? (own ? String(own.id) : null);
  const versions = useQuery({ queryKey: ["versions", Number(chosen)], queryFn: () => everyPage<DatasetVersion>(`/datasets/${chosen}/versions`), enabled: chosen !== null });
  const pick = (next: string | null) => {
    setDataset(next);
    onChange(next !== null && next === String(own?.id) && model.dataset_version !== null ? String(model.dataset_version) : null);
  };
  return (
    <div className="new-class-on">
      <Select label={t("measuredOn")} description={t("measuredOnMore")} value={chosen} onChange={pick} allowDeselect={false} data={fit.map((each) => ({ value: String(each.id), label: each.name }))} inputWrapperOrder={["label", "input", "description", "error"]} />
      <Select aria-label={t("version")} placeholder={t("version")} value={value} onChange={onChange} allowDeselect={false} error={error}
        data={(versions.data ?? []).map((each) => ({ value: String(each.id), label: t("versionOf", { n: each.number, test: number(each.splits.test || each.splits.val) }) }))} />
      <Problem error={datasets.error ?? versions.error} onRetry={() => void (datasets.error ? datasets : versions).refetch()} />
    </div>
  );
}
