import { Group, Slider } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Box, JobEvent } from "../../api/types";

interface Shown { sha256: string; sample: number; step: number; path: string; findings: { class_name: string; score: number; box: Box | null }[]; truth: { class_name?: string; box: Box | null }[] }

/** The same few images at each epoch: what is found (solid), what is true (dashed); any epoch can be looked at again. */
export function Predictions({ events, drawn = false }: { events: JobEvent[]; drawn?: boolean }) {
  const { t } = useTranslation("training");
  const [asked, setAsked] = useState<number | null>(null);
  const images = events.filter((event) => event.type === "image").map((event) => event as unknown as Shown);
  const steps = [...new Set(images.map((each) => each.step))].sort((a, b) => a - b);
  if (!steps.length) return null;
  const at = asked !== null && steps.includes(asked) ? asked : steps.at(-1)!;
  const samples = [...new Set(images.map((each) => each.sample))].sort((a, b) => a - b);
  const shown = samples.map((sample) => images.findLast((each) => each.sample === sample && each.step <= at)).filter((each) => each !== undefined);
  return (
    <section style={{ marginTop: 16 }}>
      <Group justify="space-between" mb="sm" gap="md">
        <h2 style={{ fontSize: 14, margin: 0 }}>{t("predictions", { n: at, ns: drawn ? "synthetic" : "training" })}</h2>
        {steps.length > 1 && (
          <Slider style={{ flex: "0 1 260px" }} size="sm" min={0} max={steps.length - 1} step={1} label={(index) => steps[index]} aria-label={t("epoch")}
            value={steps.indexOf(at)} onChange={(index) => setAsked(index === steps.length - 1 ? null : steps[index]!)} />
        )}
      </Group>
      <div className="predictions">
        {shown.map((each) => (
          <figure key={each.sample} className="thumb">
            <img src={`/api/v1/blobs/${each.sha256}`} alt={each.path} loading="lazy" />
            <svg viewBox="0 0 1 1" preserveAspectRatio="none" role="img" aria-label={each.findings.map((one) => `${one.class_name} ${one.score.toFixed(2)}`).join(", ") || t("nothingFound")}>
              {each.truth.map((one, i) => one.box && <Outline key={`t${i}`} box={one.box} colour="#56B4E9" dashed words={one.class_name} />)}
              {each.findings.map((one, i) => one.box && <Outline key={`f${i}`} box={one.box} colour="#E69F00" words={`${one.class_name} ${one.score.toFixed(2)}`} />)}
            </svg>
          </figure>
        ))}
      </div>
    </section>
  );
}

function Outline({ box: [x0, y0, x1, y1], colour, dashed = false, words }: { box: Box; colour: string; dashed?: boolean; words?: string }) {
  return (
    <rect x={x0} y={y0} width={x1 - x0} height={y1 - y0} fill="transparent" stroke={colour} strokeWidth="2" vectorEffect="non-scaling-stroke" strokeDasharray={dashed ? "4 3" : undefined}>
      {words && <title>{words}</title>}
    </rect>
  );
}
