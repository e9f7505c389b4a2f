import { Select, Text } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import type { BaseWeights, Engine, Model } from "../../api/types";
import { useCan } from "../../state/can";

/** Those that a training can start from now. */
export const usable = (weights: BaseWeights[]) => weights.filter((each) => each.state === "sound" && (each.format !== "pt" || each.vouched !== null));

/** Whether a method cannot be trained here: it needs base weights, and the store has none. */
export function lacksBase(engine: Engine, weights: BaseWeights[] | undefined): boolean {
  return engine.base_weights === "needed" && weights !== undefined && usable(weights).length === 0;
}

export type Start = Record<"parent" | "base", string | null>;

interface Props extends Start {
  card: Engine;
  parents: UseQueryResult<Model[]>;
  weights: UseQueryResult<BaseWeights[]>;
  onChange: (start: Start) => void;
  error?: string;
}

/** From scratch, from an earlier model of the method, or from base weights, where it takes them. */
export function StartFrom({ card, parent, base, parents, weights, onChange, error }: Props) {
  const { t } = useTranslation("training");
  const takes = card.base_weights !== "none";
  const found = takes ? usable(weights.data ?? []) : [];
  const groups = [
    ...(card.base_weights === "needed" ? [] : [{ value: "scratch", label: t("fromScratch") }]),
    ...group(t("startBase"), found.map((each) => ({ value: `base:${each.id}`, label: each.name }))),
    ...group(t("startParent"), (parents.data ?? []).map((each) => ({ value: `parent:${each.id}`, label: `#${each.id} ${each.name}` }))),
  ];
  const value = base ? `base:${base}` : parent ? `parent:${parent}` : card.base_weights === "needed" ? null : "scratch";
  const pick = (next: string | null) => {
    const [kind, id] = (next ?? "").split(":");
    onChange({ parent: kind === "parent" ? id! : null, base: kind === "base" ? id! : null });
  };
  const lost = parents.error ? t("parentsLost") : takes && weights.error ? t("weightsLost") : undefined;
  return (
    <Select inputWrapperOrder={["label", "input", "error", "description"]} label={t("startFrom")} data={groups} value={value} onChange={pick} allowDeselect={false} searchable={groups.length > 8 || found.length + (parents.data?.length ?? 0) > 8}
      placeholder={t(weights.isPending || parents.isPending ? "loading" : "startPick", { ns: weights.isPending || parents.isPending ? "frame" : "training" })} error={error ?? lost} nothingFoundMessage={t("noneFound")}
      description={<About card={card} parent={parent} chosen={found.find((each) => String(each.id) === base)} empty={takes && weights.data !== undefined && found.length === 0} />}
      renderOption={({ option }) => <Option name={option.label} licence={found.find((each) => `base:${each.id}` === option.value)} />} />
  );
}

function group(name: string, items: { value: string; label: string }[]) {
  return items.length ? [{ group: name, items }] : [];
}

function Option({ name, licence: weights }: { name: string; licence: BaseWeights | undefined }) {
  return <span style={{ overflowWrap: "anywhere" }}>{name}{weights && <Text span size="xs" c="dimmed" display="block">{weights.architecture} · {weights.licence}</Text>}</span>;
}

/** What the choice means, with the way to the store where it is empty. */
function About({ card, parent, chosen, empty }: { card: Engine; parent: string | null; chosen: BaseWeights | undefined; empty: boolean }): ReactNode {
  const { t } = useTranslation("training");
  const writes = useCan("system");
  const way = <> <Link className="link" to="/base-weights">{t(writes && empty ? "toStoreUpload" : "toStore")}</Link></>;
  if (chosen) return t("baseMore", { architecture: chosen.architecture, licence: chosen.licence });
  if (parent) return t("parentMore");
  if (card.base_weights === "needed") return <>{t(empty ? "neededNone" : "needed")}{way}</>;
  if (empty) return <>{t("scratchNone")}{way}</>;
  return t(card.base_weights === "none" ? "scratchOnly" : "scratchMore");
}
