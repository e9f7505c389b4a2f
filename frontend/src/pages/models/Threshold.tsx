import { Button, Group, Slider, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import { api } from "../../api/client";
import type { Model, ThresholdCurve as Curve } from "../../api/types";
import { interval, number, percent } from "../../parts/format";
import { QueryState } from "../../parts/QueryState";
import { Can } from "../../state/can";
import { Nearest } from "./Nearest";
import { ThresholdCurve } from "./ThresholdCurve";
import "./threshold.css";

/** What each threshold on the image score would do to the held-out images, and which of them are in doubt there. */
export function Threshold({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  const query = useQuery({ queryKey: ["model-curve", model.id], queryFn: () => api.get<Curve>(`/models/${model.id}/curve`), staleTime: 300_000 });
  return (
    <section className="panel" style={{ padding: 16, marginBottom: 16 }}>
      <h2 className="panel-title">{t("imageThreshold.title")}</h2>
      <QueryState query={query}>
        {(curve) => curve.steps.length ? <Tried model={model} curve={curve} /> : <Text size="sm" c="dimmed">{t("imageThreshold.none")}</Text>}
      </QueryState>
    </section>
  );
}

function Tried({ model, curve }: { model: Model; curve: Curve }) {
  const { t } = useTranslation("models");
  const [at, setAt] = useState(curve.chosen);
  const last = curve.steps.length - 1;
  const step = curve.steps[Math.round(at * last)]!;
  const place = model.in_use[0];
  const recipe = new URLSearchParams({ tab: "recipes", ...(place && { station: String(place.station), product: String(place.product) }), model: String(model.id), image: at.toFixed(3) });
  return (
    <>
      <Text size="sm" c="dimmed" mb="sm">{t("imageThreshold.more", { split: t(`splits.${curve.split}`, { defaultValue: curve.split }) })}{curve.scored > curve.images && ` ${t("imageThreshold.some", { n: number(curve.images), of: number(curve.scored) })}`}</Text>
      <ThresholdCurve curve={curve} at={at} />
      <Slider className="threshold-slider" min={0} max={1} step={1 / last} value={at} onChange={setAt} label={null} thumbLabel={t("imageThreshold.tentative")} marks={[{ value: curve.chosen, label: t("imageThreshold.chosen") }]} />
      <div className="threshold-effect" role="status">
        <Effect sign="act" words={t("imageThreshold.called", { n: number(step.called), of: number(curve.good) })} share={step.false_calls} limits={step.false_calls_limits} none={t("imageThreshold.noGood")} />
        {curve.nuisances > 0 && <Effect sign="review" words={t("imageThreshold.calledNuisances", { n: number(step.nuisances), of: number(curve.nuisances) })} share={step.nuisance_calls} limits={step.nuisance_calls_limits} none="" />}
        <Effect sign="ng" words={t("imageThreshold.missed", { n: number(step.missed), of: number(curve.defective) })} share={step.misses} limits={step.misses_limits} none={t("imageThreshold.noBad")} />
      </div>
      <Group gap="sm" mb="md">
        <Can do="configure"><Button component={Link} to={`/products?${recipe}`} variant="default">{t("imageThreshold.apply", { at: at.toFixed(3) })}</Button></Can>
        {at !== curve.chosen && <Button variant="subtle" onClick={() => setAt(curve.chosen)}>{t("imageThreshold.back")}</Button>}
      </Group>
      <Can do="datasets"><Nearest model={model.id} at={at} /></Can>
    </>
  );
}

interface EffectProps { sign: string; words: string; share: number | null; limits: [number, number] | null; none: string }

function Effect({ sign, words, share, limits, none }: EffectProps) {
  const { t } = useTranslation("models");
  return (
    <div style={{ borderColor: `var(--${sign})` }}>
      <b>{share === null ? none : words}</b>
      {share !== null && <span className="dim small">{percent(share)} · {t("imageThreshold.limits", { limits: interval(limits) })}</span>}
    </div>
  );
}
