import { Alert, Button, Modal, NumberInput, Select, Stack, Textarea } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, everyPage } from "../../api/client";
import { queryClient, useLines, useProducts, useStations } from "../../api/queries";
import type { Model, Recipe } from "../../api/types";
import { Problem } from "../../parts/Problem";

/** Put the model in force at a station for a product: a new revision of the recipe there, released with a reason. */
export function ReleaseDialog({ model, opened, onClose }: { model: Model; opened: boolean; onClose: () => void }) {
  const { t } = useTranslation("models");
  const lines = useLines().data ?? [];
  const stations = useStations().data ?? [];
  const products = useProducts().data ?? [];
  const [station, setStation] = useState<string | null>(null);
  const [product, setProduct] = useState<string | null>(null);
  const [threshold, setThreshold] = useState<number | string>(0.25);
  const [reason, setReason] = useState("");
  const current = useQuery({
    queryKey: ["recipes", station, product], enabled: Boolean(station && product),
    queryFn: () => everyPage<Recipe>("/recipes", { station, product }),
  }).data?.find((each) => each.state === "released");
  const act = useMutation({
    mutationFn: async () => {
      const thresholds = { ...keptOf(current, model), default: Number(threshold) };
      const rules = current?.rules.filter((rule) => !rule.class || model.classes.includes(rule.class)) ?? [];
      const recipe = await api.post<Recipe>("/recipes", { station: Number(station), product: Number(product), model: model.id, thresholds, rules, note: reason });
      return api.post<Recipe>(`/recipes/${recipe.id}/release`, { reason });
    },
    onSuccess: () => {
      for (const key of ["model", "models", "releases", "board", "recipes"]) void queryClient.invalidateQueries({ queryKey: [key] });
    },
  });
  const done = act.data && (act.data.state === "released" ? t("released") : t("warmingMore"));
  return (
    <Modal opened={opened} onClose={onClose} title={t("releaseTitle", { id: model.id })}>
      <Stack gap="md">
        <Select label={t("station")} value={station} onChange={setStation} searchable required
          data={stations.map((each) => ({ value: String(each.id), label: `${lines.find((line) => line.id === each.line)?.name ?? ""} / ${each.name}` }))} />
        <Select label={t("product")} value={product} onChange={setProduct} searchable required data={products.map((each) => ({ value: String(each.id), label: `${each.code} ${each.name}` }))} />
        <NumberInput label={t("threshold")} description={t("thresholdMore")} min={0} max={1} step={0.05} value={threshold} onChange={setThreshold} />
        {current && <Alert color="gray" variant="light">{t("replaces", { model: current.model, revision: current.revision })}</Alert>}
        <Textarea label={t("reason")} value={reason} onChange={(e) => setReason(e.currentTarget.value)} required autosize minRows={2} />
        <Problem error={act.error} />
        {done && <Alert color="green" variant="light" role="status">{done}</Alert>}
        {act.data ? <Button variant="default" onClick={onClose}>{t("close", { ns: "frame" })}</Button>
          : <Button loading={act.isPending} disabled={!station || !product || !reason.trim()} onClick={() => act.mutate()}>{t("release")}</Button>}
      </Stack>
    </Modal>
  );
}

/** Thresholds of the standing recipe that mean something to this model. */
function keptOf(current: Recipe | undefined, model: Model): Record<string, number> {
  return Object.fromEntries(Object.entries(current?.thresholds ?? {}).filter(([name]) => name === "image" || model.classes.includes(name)));
}
