import { Alert, Button, List, Modal, NumberInput, Select, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLines, useProducts, useStations } from "../../api/queries";
import type { Model } from "../../api/types";
import { fieldOf, Problem } from "../../parts/Problem";
import { useRelease } from "./useRelease";
import { Warming } from "./Warming";

interface Props { model: Model; opened: boolean; onClose: () => void; place?: { station: number; product: number } }

/** Put the model in force at a station for a product: a new revision of the recipe there, released with a reason. */
export function ReleaseDialog({ model, opened, onClose, place }: Props) {
  const { t } = useTranslation("models");
  return (
    <Modal opened={opened} onClose={onClose} title={t("releaseTitle", { id: model.id })}>
      <Form model={model} place={place} onClose={onClose} />
    </Modal>
  );
}

function Form({ model, place, onClose }: Omit<Props, "opened">) {
  const { t } = useTranslation("models");
  const lines = useLines().data ?? [];
  const stations = useStations().data ?? [];
  const products = useProducts().data ?? [];
  const only = model.in_use.length === 1 ? model.in_use[0] : undefined;
  const [station, setStation] = useState<string | null>(idOf(place?.station ?? only?.station));
  const [product, setProduct] = useState<string | null>(idOf(place?.product ?? only?.product));
  const [threshold, setThreshold] = useState<number | string>();
  const [reason, setReason] = useState("");
  const { recipes, current, draft, act } = useRelease(model, station, product, threshold, reason);
  if (act.data) return <Warming recipe={act.data} model={model.id} onClose={onClose} />;
  return (
    <Stack gap="md">
      <Select label={t("station")} value={station} onChange={setStation} searchable required error={fieldOf(act.error, "station")}
        data={stations.map((each) => ({ value: String(each.id), label: `${lines.find((line) => line.id === each.line)?.name ?? ""} / ${each.name}` }))} />
      <Select label={t("product")} value={product} onChange={setProduct} searchable required error={fieldOf(act.error, "product")}
        data={products.map((each) => ({ value: String(each.id), label: `${each.code} ${each.name}` }))} />
      {station && product && <Problem error={recipes.error} onRetry={() => void recipes.refetch()} />}
      {recipes.data && (
        <>
          <NumberInput label={t("threshold")} description={t(current ? "thresholdKept" : "thresholdMore")} placeholder="0.25" min={0} max={1} step={0.05} decimalScale={3} error={fieldOf(act.error, "thresholds")}
            value={threshold ?? current?.thresholds.default ?? ""} onChange={setThreshold} />
          <Alert color="gray" variant="light">
            <Text size="sm">{current ? t("replaces", { model: current.model, revision: current.revision }) : t("firstHere")}</Text>
            {draft.rules.length > 0 && <Text size="sm">{t("rulesKept", { count: draft.rules.length })}</Text>}
          </Alert>
          {draft.dropped.length > 0 && (
            <Alert color="orange" variant="light" title={t("dropped")}><List size="sm">{draft.dropped.map((words) => <List.Item key={words}>{words}</List.Item>)}</List></Alert>
          )}
        </>
      )}
      <Textarea label={t("reason")} value={reason} onChange={(e) => setReason(e.currentTarget.value)} required autosize minRows={2} maxLength={500} error={fieldOf(act.error, "reason")} />
      <Problem error={act.error} fieldsShown={["station", "product", "thresholds", "reason"]} />
      {act.isPending && <Text size="sm" c="dimmed" role="status">{t("waitWarm")}</Text>}
      <Button loading={act.isPending} disabled={!recipes.data || !reason.trim()} onClick={() => act.mutate()}>{t("release")}</Button>
    </Stack>
  );
}

function idOf(value: number | undefined): string | null {
  return value === undefined ? null : String(value);
}
