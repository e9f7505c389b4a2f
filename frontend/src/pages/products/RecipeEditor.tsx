import { Button, Group, NumberInput, Select, Slider, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { everyPage, api } from "../../api/client";
import { queryClient } from "../../api/queries";
import type { Model, Recipe, Rule } from "../../api/types";
import { fieldOf, Problem } from "../../parts/Problem";
import { RuleRow } from "./RuleRow";

interface Props { station: number; product: number; last?: Recipe }

/** The next revision: a model, thresholds by class, acceptance rules. */
export function RecipeEditor({ station, product, last }: Props) {
  const { t } = useTranslation("products");
  const models = useQuery({ queryKey: ["models"], queryFn: () => everyPage<Model>("/models") }).data ?? [];
  const [model, setModel] = useState<string | null>(last ? String(last.model) : null);
  const [thresholds, setThresholds] = useState<Record<string, number>>(last?.thresholds ?? { default: 0.25 });
  const [rules, setRules] = useState<Rule[]>(last?.rules ?? []);
  const [note, setNote] = useState("");
  const classes = models.find((each) => String(each.id) === model)?.classes ?? [];
  const save = useMutation({
    mutationFn: () => api.post<Recipe>("/recipes", { station, product, model: Number(model), thresholds: only(thresholds, classes), rules, note }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["recipes"] }),
  });
  const set = (name: string, value: number | null) =>
    setThresholds((old) => {
      const next = { ...old };
      if (value === null) delete next[name];
      else next[name] = value;
      return next;
    });
  return (
    <section className="panel" style={{ padding: 16 }}>
      <Stack gap="md">
        <Select label={t("model")} placeholder={t("modelPick")} value={model} onChange={setModel} searchable maw={520} data={models.map((each) => ({ value: String(each.id), label: `#${each.id} ${each.name}` }))} error={fieldOf(save.error, "model")} />
        <div>
          <Text size="sm" fw={500}>{t("thresholds")}</Text>
          <Text size="xs" c="dimmed" mb="xs">{t("thresholdsMore")}</Text>
          {["default", ...classes].map((name) => (
            <Group key={name} gap="md" mb={6} wrap="nowrap">
              <Text size="sm" w={140} className="ellipsis">{name === "default" ? t("default") : name}</Text>
              <Slider style={{ flex: 1, maxWidth: 320 }} min={0} max={1} step={0.01} label={null} aria-label={name} value={thresholds[name] ?? thresholds.default ?? 0.25} onChange={(value) => set(name, value)} />
              <NumberInput w={90} min={0} max={1} step={0.05} decimalScale={2} aria-label={name} placeholder={name === "default" ? "0.25" : String(thresholds.default ?? 0.25)} value={thresholds[name] ?? ""} onChange={(v) => set(name, v === "" ? null : Number(v))} />
            </Group>
          ))}
        </div>
        <div>
          <Text size="sm" fw={500}>{t("rules")}</Text>
          <Text size="xs" c="dimmed" mb="xs">{rules.length ? t("rulesMore") : t("byThreshold")}</Text>
          {rules.map((rule, index) => (
            <RuleRow key={index} rule={rule} classes={classes} onChange={(next) => setRules(rules.map((each, at) => (at === index ? next : each)))} onRemove={() => setRules(rules.filter((_, at) => at !== index))} />
          ))}
          <Button size="xs" variant="light" leftSection={<IconPlus size={14} />} onClick={() => setRules([...rules, { class: null, min_count: 1, action: "NG" }])}>{t("addRule")}</Button>
        </div>
        <TextInput label={t("note")} value={note} onChange={(e) => setNote(e.currentTarget.value)} maxLength={500} maw={520} />
        <Problem error={save.error} fieldsShown={["model"]} />
        <Group><Button onClick={() => save.mutate()} loading={save.isPending} disabled={!model}>{t("saveRevision", { n: (last?.revision ?? 0) + 1 })}</Button></Group>
      </Stack>
    </section>
  );
}

function only(thresholds: Record<string, number>, classes: string[]): Record<string, number> {
  return Object.fromEntries(Object.entries(thresholds).filter(([name]) => name === "default" || name === "image" || classes.includes(name)));
}
