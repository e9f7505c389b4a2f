import { Button, Group, Loader, Select, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router-dom";
import { api, ApiProblem, everyPage } from "../../api/client";
import type { DatasetVersion, Engine, Job, JobCheck, Model } from "../../api/types";
import { number } from "../../parts/format";
import { Page } from "../../parts/Page";
import { fieldOf, Problem } from "../../parts/Problem";
import { QueryState } from "../../parts/QueryState";
import { SchemaForm } from "../../parts/SchemaForm";
import { Check } from "./Check";
import { EngineCards } from "./EngineCards";
import { useChoice } from "./useChoice";
import { engineWords, presetOptions } from "../../words/jobs";
import { toldWords } from "../../words/problems";
import "./training.css";

const TYPING = 500; // ms without a change before what was typed is checked

/** Dataset version, method, a few fields; checked before anything is queued. */
export default function NewTraining() {
  const { t } = useTranslation("training");
  const go = useNavigate();
  const versions = useQuery({ queryKey: ["versions"], queryFn: () => everyPage<DatasetVersion>("/versions") });
  const engines = useQuery({ queryKey: ["engines"], queryFn: () => api.get<Engine[]>("/engines"), select: (all) => all.map(engineWords) });
  const choice = useChoice(engines.data ?? []);
  const { version, card, parent, preset, params } = choice;
  const parents = useQuery({ queryKey: ["models", { engine: card?.name }], queryFn: () => everyPage<Model>("/models", { engine: card?.name }), enabled: card !== undefined });
  const ask = { kind: "train", dataset_version: Number(version), engine: card?.name, params, preset, parent: parent ? Number(parent) : null };
  const ready = version !== null && card !== undefined;
  const [settled] = useDebouncedValue(JSON.stringify(ask), TYPING);
  const check = useQuery({
    queryKey: ["check", settled], queryFn: () => api.post<JobCheck>("/jobs/check", JSON.parse(settled)),
    enabled: ready && settled === JSON.stringify(ask), retry: false, staleTime: 60_000,
  });
  const start = useMutation({ mutationFn: () => api.post<Job>("/jobs", ask), onSuccess: (job) => go(`/jobs/${job.id}`) });
  const errors = start.error instanceof ApiProblem ? start.error.fields : wrongFields(check.data);
  const stops = check.data?.problems.some((each) => each.level === "error");
  return (
    <Page title={t("new")}>
      <Stack gap="lg" maw={1100}>
        <QueryState query={versions} empty={<Text size="sm">{t("noVersion")} <Link className="link" to="/datasets">{t("toDatasets")}</Link></Text>}>
          {(all) => (
            <Select label={t("version")} placeholder={t("versionPick")} value={version} onChange={(value) => choice.change({ version: value })} searchable maw={480} error={fieldOf(start.error, "dataset_version")} nothingFoundMessage={t("noneFound")}
              data={all.map((each) => ({ value: String(each.id), label: `${each.dataset_name} v${each.number} (${t("imagesIn", { n: number(Object.values(each.splits).reduce((a, b) => a + b, 0)) })})` }))} />
          )}
        </QueryState>
        <QueryState query={engines}>{(all) => <EngineCards engines={all} value={choice.engine} onChange={choice.chooseEngine} />}</QueryState>
        {card && (
          <section className="panel" style={{ padding: 16 }}>
            <Group mb="md" grow maw={720} align="start">
              <Select inputWrapperOrder={["label", "input", "error", "description"]} label={t("preset")} description={t(`presetMore.${preset}`, { defaultValue: t("presetAbout") })} data={presetOptions(card.presets)} value={preset} onChange={(value) => choice.change({ preset: value })} allowDeselect={false} error={fieldOf(start.error, "preset")} />
              <Select inputWrapperOrder={["label", "input", "error", "description"]} label={t("parent")} description={t("parentMore")} placeholder={t(parents.isPending ? "loading" : "fromScratch", { ns: parents.isPending ? "frame" : "training" })} clearable value={parent} onChange={(value) => choice.change({ parent: value })} error={fieldOf(start.error, "parent") ?? (parents.error ? t("parentsLost") : undefined)}
                data={(parents.data ?? []).map((each) => ({ value: String(each.id), label: `#${each.id} ${each.name}` }))} />
            </Group>
            <SchemaForm schema={card.params} values={params} onChange={choice.setParam} errors={errors} />
          </section>
        )}
        {ready && <Check query={check} />}
        <Problem error={start.error} fieldsShown={["dataset_version", "preset", "parent", ...Object.keys(errors).filter((name) => name.startsWith("params."))]} />
        <Group>
          <Button size="md" onClick={() => start.mutate()} loading={start.isPending} disabled={!ready || stops}>{t("start")}</Button>
          {check.isFetching && <Group gap="xs" role="status"><Loader size={14} /><Text size="sm" c="dimmed">{t("checking")}</Text></Group>}
          {!ready && <Text size="sm" c="dimmed">{t("chooseBoth")}</Text>}
        </Group>
      </Stack>
    </Page>
  );
}

/** What the check says of single settings, at their fields. */
function wrongFields(check: JobCheck | undefined): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const problem of check?.problems ?? []) if (problem.path.startsWith("params.")) (found[problem.path] ??= []).push(toldWords(problem));
  return found;
}
