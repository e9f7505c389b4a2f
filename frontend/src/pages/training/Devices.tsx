import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { Engine, SystemState } from "../../api/types";
import { useCan } from "../../state/can";

interface Props {
  card: Engine;
  value: string | null;
  onChange: (choice: { device: string | null }) => void;
  error?: string;
}

/** Which graphics cards learn; offered where there are several, to those who may see what there is. */
export function Devices({ card, value, onChange, error }: Props) {
  const { t } = useTranslation("training");
  const query = useQuery({ queryKey: ["system"], queryFn: () => api.get<SystemState>("/system"), staleTime: 60_000, enabled: useCan("system") });
  const count = gpus(query.data);
  if (count < 2 && value === null) return null;
  const data = choices(count, card.several).map((each) => ({ value: each, label: each === "auto" ? t("deviceAuto") : each === "cuda:all" ? t("deviceAll", { n: count }) : t("deviceOne", { n: each.slice("cuda:".length) }) }));
  if (value !== null && data.every((each) => each.value !== value)) data.push({ value, label: value });
  return (
    <Select inputWrapperOrder={["label", "input", "error", "description"]} label={t("device")} data={data} value={value ?? "auto"} allowDeselect={false} error={error}
      onChange={(next) => onChange({ device: next === "auto" ? null : next })} description={t(card.several ? "deviceMore" : "deviceOneMore")} />
  );
}

/** Of the training worker that has most. */
export function gpus(system: SystemState | undefined): number {
  return Math.max(0, ...(system?.workers ?? []).filter((each) => each.kind === "train" && each.device.cuda).map((each) => Number(each.device.count ?? 0)));
}

export function choices(count: number, several: boolean): string[] {
  const single = Array.from({ length: count }, (_, number) => `cuda:${number}`);
  return count < 2 ? ["auto"] : ["auto", ...(several ? ["cuda:all"] : []), ...single];
}
