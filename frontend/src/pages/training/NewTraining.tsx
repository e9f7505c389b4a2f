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
import { Augmentation } from "./Augmentation";
import { Check } from "./Check";
import { Devices } from "./Devices";
import { EngineCards } from "./EngineCards";
import { lacksBase, StartFrom } from "./StartFrom";
import { useChoice } from "./useChoice";
import { useWeights } from "../weights/useWeights";
import { engineWords } from "../../words/jobs";
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
  const { version, card, parent, base, device, preset, edited, params } = choice;
  const weights = useWeights();
  const parents = useQuery({ queryKey: ["models", { engine: card?.name }], queryFn: () => everyPage<Model>("/models", { engine: card?.name }), enabled: card !== undefined });
  const ask = { kind: "train", dataset_version: Number(version), engine: card?.name, params, preset, augmentation: edited, parent: parent ? Number(parent) : null, base: base ? Number(base) : null, device };
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
        <QueryState query={engines}>{(all) => <EngineCards engines={all} task={versions.data?.find((each) => String(each.id) === version)?.task} lacking={(each) => lacksBase(each, weights.data)} value={choice.engine} onChange={choice.chooseEngine} />}</QueryState>
        {card && (
          <section className="panel" style={{ padding: 16 }}>
            <Group mb="md" grow maw={720} align="start">
              <StartFrom card={card} parent={parent} base={base} parents={parents} weights={weights} onChange={choice.change} error={fieldOf(start.error, "parent") ?? fieldOf(start.error, "base")} />
              <Devices card={card} value={device} onChange={choice.change} error={fieldOf(start.error, "device")} />
            </Group>
            <SchemaForm schema={card.params} values={params} onChange={choice.setParam} errors={errors} />
          </section>
        )}
        {card && preset && (
          <Augmentation card={card} version={version} preset={preset} edited={edited} errors={errors}
            onPreset={(name) => choice.change({ preset: name, vary: null })} onEdit={(text) => choice.change({ vary: text })} />
        )}
        {ready && <Check query={check} />}
        <Problem error={start.error} fieldsShown={["dataset_version", "preset", "parent", "base", "device", ...Object.keys(errors).filter(atField)]} />
        <Group>
          <Button size="md" onClick={() => start.mutate()} loading={start.isPending} disabled={!ready || stops}>{t("start")}</Button>
          {check.isFetching && <Group gap="xs" role="status"><Loader size={14} /><Text size="sm" c="dimmed">{t("checking")}</Text></Group>}
          {!ready && <Text size="sm" c="dimmed">{t("chooseBoth")}</Text>}
        </Group>
      </Stack>
    </Page>
  );
}

/** Whether it is of a single setting or value. */
const atField = (path: string) => path.startsWith("params.") || path.startsWith("augmentation.");

/** What the check says of single settings, at their fields. */
function wrongFields(check: JobCheck | undefined): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const problem of check?.problems ?? []) if (atField(problem.path)) (found[problem.path] ??= []).push(toldWords(problem));
  return found;
}
