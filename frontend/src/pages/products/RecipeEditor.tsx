import { Alert, Button, Grid, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "react-router-dom";
import { useTranslation } from "react-i18next";
import { api, everyPage } from "../../api/client";
import { queryClient } from "../../api/queries";
import type { Model, Recipe, Rule } from "../../api/types";
import { fieldOf, Problem } from "../../parts/Problem";
import { changedBy } from "../../state/search";
import { RecipePreview } from "./RecipePreview";
import { RuleRow } from "./RuleRow";
import { Thresholds } from "./Thresholds";
import { askOf, filledBy, useDraft } from "./useDraft";
import { useStoredImages } from "./useStoredImages";

interface Props { station: number; product: number; last?: Recipe; next: number }

/** The next revision: a model, thresholds by class, acceptance rules; beside it what it would have said so far. */
export function RecipeEditor({ station, product, last, next }: Props) {
  const { t } = useTranslation("products");
  const models = useQuery({ queryKey: ["models"], queryFn: () => everyPage<Model>("/models") });
  const [search, setSearch] = useSearchParams();
  const filled = filledBy(search);
  const { draft, touched, newer, take: begin, keep, change } = useDraft(last, filled);
  const take = (recipe: Recipe | undefined) => {
    begin(recipe);
    if (filled) setSearch((old) => changedBy(changedBy(old, "model", null), "image", null), { replace: true });
  };
  const [note, setNote] = useState("");
  const model = models.data?.find((each) => String(each.id) === draft.model);
  const classes = model?.classes ?? [];
  const stored = useStoredImages(station, product, model?.dataset_version ?? null);
  const ask = model && askOf(draft, station, product, model);
  const save = useMutation({
    mutationFn: () => api.post<Recipe>("/recipes", { ...ask, note }),
    onSuccess: (saved) => {
      take(saved);
      setNote("");
      void queryClient.invalidateQueries({ queryKey: ["recipes"] });
    },
  });
  const setRule = (index: number, rule: Rule) => change({ rules: draft.rules.map((each, at) => (at === index ? rule : each)) });
  return (
    <Grid>
      <Grid.Col span={{ base: 12, lg: 7 }}>
        <section className="panel" style={{ padding: 16 }}>
          <Stack gap="lg">
            <Problem error={models.error} onRetry={() => void models.refetch()} />
            {filled && (
              <Alert color="blue" variant="light" title={t("filled", { at: filled.image.toFixed(3) })}>
                <Text size="sm">{t("filledMore", { model: filled.model })}</Text>
                {draft.rules.length > 0 && <Text size="sm" mt={4}>{t("filledRules")}</Text>}
              </Alert>
            )}
            {newer && (
              <Alert color="orange" variant="light" title={t("newer", { n: newer.revision, by: newer.created_by })}>
                <Group gap="sm"><Button size="xs" variant="default" onClick={() => take(newer)}>{t("takeNewer")}</Button><Button size="xs" variant="subtle" onClick={keep}>{t("keepMine")}</Button></Group>
              </Alert>
            )}
            <Select label={t("model")} placeholder={t("modelPick")} value={draft.model} onChange={(value) => change({ model: value })} searchable maw={520} data={(models.data ?? []).map((each) => ({ value: String(each.id), label: `#${each.id} ${each.name}` }))} error={fieldOf(save.error, "model")} />
            <Thresholds values={draft.thresholds} classes={classes} image={model?.kind === "anomaly" || draft.thresholds.image !== undefined} onChange={(thresholds) => change({ thresholds })} />
            <div>
              <Text size="sm" fw={500}>{t("rules")}</Text>
              <Text size="xs" c="dimmed" mb="xs">{draft.rules.length ? t("rulesMore") : t("byThreshold")}</Text>
              {draft.rules.map((rule, index) => (
                <RuleRow key={index} rule={rule} classes={classes} stored={stored} onChange={(changed) => setRule(index, changed)} onRemove={() => change({ rules: draft.rules.filter((_, at) => at !== index) })} />
              ))}
              <Button size="xs" variant="light" leftSection={<IconPlus size={14} />} onClick={() => change({ rules: [...draft.rules, { class: null, min_count: 1, action: "NG" }] })}>{t("addRule")}</Button>
            </div>
            <TextInput label={t("note")} description={t("noteMore")} value={note} onChange={(e) => setNote(e.currentTarget.value)} maxLength={500} maw={520} />
            <Problem error={save.error} fieldsShown={["model"]} />
            <Group>
              <Button onClick={() => save.mutate()} loading={save.isPending} disabled={!ask || (!touched && last !== undefined)}>{t("saveRevision", { n: next })}</Button>
              {touched && last && <Button variant="subtle" onClick={() => take(last)}>{t("discard")}</Button>}
              {!touched && last && <Text size="xs" c="dimmed">{t("untouched")}</Text>}
            </Group>
          </Stack>
        </section>
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 5 }}><RecipePreview ask={ask} zones={draft.rules.flatMap((rule) => (rule.zone ? [rule.zone] : []))} /></Grid.Col>
    </Grid>
  );
}
