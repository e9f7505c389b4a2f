import { Alert, Button, Group, Loader, Select, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useSearchParams } from "react-router-dom";
import { api, ApiProblem, everyPage } from "../../api/client";
import type { DatasetVersion, Engine, Job, JobCheck, Model } from "../../api/types";
import { Page } from "../../parts/Page";
import { fieldOf, Problem } from "../../parts/Problem";
import { QueryState } from "../../parts/QueryState";
import { SchemaForm } from "../../parts/SchemaForm";
import { engineWords } from "../../words/jobs";
import { Check } from "../training/Check";
import { EngineCards } from "../training/EngineCards";
import { lacksBase, StartFrom } from "../training/StartFrom";
import { useChoice } from "../training/useChoice";
import { useWeights } from "../weights/useWeights";
import "../training/training.css";
import "./synthetic.css";

const TYPING = 500; // ms without a change before what was typed is checked

/** Which version, which class, which generator; what to expect stands beside it. */
export default function NewGenerator() {
  const { t } = useTranslation("synthetic");
  const go = useNavigate();
  const [search] = useSearchParams();
  const versions = useQuery({ queryKey: ["versions"], queryFn: () => everyPage<DatasetVersion>("/versions") });
  const generators = useQuery({ queryKey: ["generators"], queryFn: () => api.get<Engine[]>("/generators"), select: (all) => all.map(engineWords) });
  const choice = useChoice(generators.data ?? []);
  const { card, params, version, parent, base } = choice;
  const weights = useWeights();
  const parents = useQuery({ queryKey: ["models", "generate", { engine: card?.name }], queryFn: () => everyPage<Model>("/models", { kind: "generate", engine: card?.name }), enabled: card !== undefined });
  const frozen = versions.data?.find((each) => String(each.id) === version);
  const name = String(params.class_name ?? "");
  const needsClass = card?.name === "dcgan" || card?.name === "wgan_gp";
  const ask = { kind: "train", dataset_version: Number(version), engine: card?.name, params, preset: choice.preset, parent: parent ? Number(parent) : null, base: base ? Number(base) : null };
  const ready = frozen !== undefined && card !== undefined && (name !== "" || !needsClass || frozen.classes.length < 2);
  const [settled] = useDebouncedValue(JSON.stringify(ask), TYPING);
  const check = useQuery({ queryKey: ["check", settled], queryFn: () => api.post<JobCheck>("/jobs/check", JSON.parse(settled)), enabled: ready && settled === JSON.stringify(ask), retry: false, staleTime: 60_000 });
  const start = useMutation({ mutationFn: () => api.post<Job>("/jobs", ask), onSuccess: (job) => go(`/jobs/${job.id}`) });
  const errors = start.error instanceof ApiProblem ? start.error.fields : {};
  const stops = check.data?.problems.some((each) => each.level === "error");
  const wanted = search.get("dataset");
  const offered = (versions.data ?? []).filter((each) => !wanted || String(each.dataset) === wanted);
  const form = card && { ...card.params, properties: Object.fromEntries(Object.entries(card.params.properties ?? {}).filter(([field]) => field !== "class_name")) };
  return (
    <Page title={t("new")}>
      <Stack gap="lg" maw={1100}>
        <Alert color="indigo" variant="light" title={t("expect.title")}>
          <ul className="expect">{["few", "copies", "training", "measure", "base"].map((each) => <li key={each}>{t(`expect.${each}`)}</li>)}</ul>
        </Alert>
        <QueryState query={versions} empty={<Text size="sm">{t("noVersion")} <Link className="link" to="/datasets">{t("toDatasets")}</Link></Text>}>
          {() => (
            <Group align="start" gap="md">
              <Select w={400} maw="100%" label={t("version")} placeholder={t("versionPick")} searchable value={version} onChange={(value) => choice.change({ version: value })} error={fieldOf(start.error, "dataset_version")}
                data={offered.map((each) => ({ value: String(each.id), label: `${each.dataset_name} v${each.number}` }))} />
              <Select w={240} maw="100%" label={t("class")} placeholder={t(needsClass ? "classPick" : "everyClass")} clearable={!needsClass} disabled={!frozen} value={name || null} onChange={(value) => choice.setParam("class_name", value ?? "")}
                data={frozen?.classes ?? []} error={fieldOf(start.error, "params.class_name")} />
            </Group>
          )}
        </QueryState>
        <QueryState query={generators}>{(all) => <EngineCards engines={all} lacking={(each) => lacksBase(each, weights.data)} value={choice.engine} onChange={choice.chooseEngine} />}</QueryState>
        {card && form && <section className="panel" style={{ padding: 16 }}>
          <Group mb="md" maw={480}><StartFrom card={card} parent={parent} base={base} parents={parents} weights={weights} onChange={(start) => choice.change({ ...start })} error={fieldOf(start.error, "parent") ?? fieldOf(start.error, "base")} /></Group>
          <SchemaForm schema={form} values={params} onChange={choice.setParam} errors={errors} />
        </section>}
        {ready && <Check query={check} />}
        <Problem error={start.error} fieldsShown={["dataset_version", "parent", "base", ...Object.keys(errors).filter((field) => field.startsWith("params."))]} />
        <Group>
          <Button size="md" onClick={() => start.mutate()} loading={start.isPending} disabled={!ready || stops}>{t("start")}</Button>
          {check.isFetching && <Loader size={14} />}
          {!ready && <Text size="sm" c="dimmed">{t(needsClass && frozen ? "chooseClass" : "chooseAll")}</Text>}
        </Group>
      </Stack>
    </Page>
  );
}
