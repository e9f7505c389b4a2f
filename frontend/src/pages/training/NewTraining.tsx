import { Button, Group, Select, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router-dom";
import { api, ApiProblem, everyPage } from "../../api/client";
import type { DatasetVersion, Engine, Job, JobCheck, Json, Model } from "../../api/types";
import { duration, number } from "../../parts/format";
import { Page } from "../../parts/Page";
import { fieldOf, Problem } from "../../parts/Problem";
import { defaultsOf, SchemaForm } from "../../parts/SchemaForm";
import { engineWords, presetOptions } from "../../words/jobs";
import { ProblemList } from "../datasets/ProblemList";
import { EngineCards } from "./EngineCards";

/** Dataset version, method, a few fields; checked before anything is queued. */
export default function NewTraining() {
  const { t } = useTranslation("training");
  const [search] = useSearchParams();
  const go = useNavigate();
  const versions = useQuery({ queryKey: ["versions"], queryFn: () => everyPage<DatasetVersion>("/versions") }).data ?? [];
  const engines = useQuery({ queryKey: ["engines"], queryFn: () => api.get<Engine[]>("/engines") }).data?.map(engineWords) ?? [];
  const [version, setVersion] = useState<string | null>(search.get("version"));
  const [engine, setEngine] = useState<string | null>(search.get("engine"));
  const [params, setParams] = useState<Record<string, Json>>({});
  const [preset, setPreset] = useState<string | null>(null);
  const [parent, setParent] = useState<string | null>(search.get("parent"));
  const card = engines.find((each) => each.name === engine);
  useEffect(() => {
    if (!card) return;
    setParams(defaultsOf(card.params));
    setPreset(card.presets[0] ?? null);
  }, [card?.name]);
  const parents = useQuery({ queryKey: ["models", { engine }], queryFn: () => everyPage<Model>("/models", { engine }), enabled: engine !== null }).data ?? [];
  const ask = { kind: "train", dataset_version: Number(version), engine, params, preset, parent: parent ? Number(parent) : null };
  const ready = version !== null && engine !== null;
  const check = useQuery({
    queryKey: ["check", ask], queryFn: () => api.post<JobCheck>("/jobs/check", ask), enabled: ready && Object.keys(params).length > 0, retry: false, staleTime: 60_000,
  });
  const start = useMutation({ mutationFn: () => api.post<Job>("/jobs", ask), onSuccess: (job) => go(`/jobs/${job.id}`) });
  const errors = start.error instanceof ApiProblem ? start.error.fields : {};
  const stops = check.data?.problems.filter((each) => each.level === "error") ?? [];
  return (
    <Page title={t("new")}>
      <Stack gap="lg" maw={1100}>
        <Select label={t("version")} placeholder={t("versionPick")} value={version} onChange={setVersion} searchable maw={480} error={fieldOf(start.error, "dataset_version")} nothingFoundMessage={t("noVersion")}
          data={versions.map((each) => ({ value: String(each.id), label: `${each.dataset_name} v${each.number} (${number(Object.values(each.splits).reduce((a, b) => a + b, 0))})` }))} />
        <EngineCards engines={engines} value={engine} onChange={setEngine} />
        {card && (
          <section className="panel" style={{ padding: 16 }}>
            <Group mb="md" grow maw={640}>
              <Select label={t("preset")} data={presetOptions(card.presets)} value={preset} onChange={setPreset} allowDeselect={false} />
              <Select label={t("parent")} description={t("parentMore")} clearable value={parent} onChange={setParent} data={parents.map((each) => ({ value: String(each.id), label: `#${each.id} ${each.name}` }))} />
            </Group>
            <SchemaForm schema={card.params} values={params} onChange={setParams} errors={errors} />
          </section>
        )}
        {check.data?.estimate && <Text size="sm" c="dimmed">{t("estimate", { time: duration((check.data.estimate.minutes ?? 0) * 60), memory: number(check.data.estimate.memory_mb) })}</Text>}
        {check.data && check.data.problems.length > 0 && <ProblemList problems={check.data.problems} />}
        <Problem error={start.error} fieldsShown={["dataset_version", ...Object.keys(errors).filter((name) => name.startsWith("params."))]} />
        <Group><Button size="md" onClick={() => start.mutate()} loading={start.isPending} disabled={!ready || stops.length > 0}>{t("start")}</Button></Group>
      </Stack>
    </Page>
  );
}
