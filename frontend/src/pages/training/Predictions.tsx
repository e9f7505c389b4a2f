import { useTranslation } from "react-i18next";
import type { Box, JobEvent } from "../../api/types";

interface Shown { sha256: string; sample: number; step: number; path: string; findings: { class_name: string; score: number; box: Box | null }[]; truth: { box: Box | null }[] }

/** The same few images at each epoch: what is found (solid), what is true (dashed). */
export function Predictions({ events }: { events: JobEvent[] }) {
  const { t } = useTranslation("training");
  const newest = new Map<number, Shown>();
  for (const event of events) if (event.type === "image") newest.set(Number(event.sample), event as unknown as Shown);
  if (!newest.size) return null;
  return (
    <section style={{ marginTop: 16 }}>
      <h2 style={{ fontSize: 14 }}>{t("predictions", { n: [...newest.values()][0]!.step })}</h2>
      <div style={{ display: "grid", gridTemplateColumns: "repeat(auto-fill, minmax(180px, 1fr))", gap: 8 }}>
        {[...newest.values()].map((shown) => (
          <figure key={shown.sample} className="thumb" style={{ position: "relative", margin: 0 }}>
            <img src={`/api/v1/blobs/${shown.sha256}`} alt={shown.path} loading="lazy" />
            <svg viewBox="0 0 1 1" preserveAspectRatio="none" style={{ position: "absolute", inset: 0, width: "100%", height: "100%" }}>
              {shown.truth.map((each, i) => each.box && <Outline key={`t${i}`} box={each.box} colour="#56B4E9" dashed />)}
              {shown.findings.map((each, i) => each.box && <Outline key={`f${i}`} box={each.box} colour="#E69F00" />)}
            </svg>
          </figure>
        ))}
      </div>
    </section>
  );
}

function Outline({ box: [x0, y0, x1, y1], colour, dashed = false }: { box: Box; colour: string; dashed?: boolean }) {
  return <rect x={x0} y={y0} width={x1 - x0} height={y1 - y0} fill="none" stroke={colour} strokeWidth="2" vectorEffect="non-scaling-stroke" strokeDasharray={dashed ? "4 3" : undefined} />;
}
