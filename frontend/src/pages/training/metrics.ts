import { number } from "../../parts/format";

const FIRST = ["map50", "image_auroc", "recall", "accuracy", "iou", "f1"];

/** The figure that says most of a model or a training, with its name. */
export function keyMetric(metrics: Record<string, number> | null | undefined): { name: string; value: number; shown: string } | null {
  const name = FIRST.find((each) => metrics?.[each] !== undefined);
  if (!name) return null;
  const value = metrics![name]!;
  return { name, value, shown: number(value, 2) };
}

/** Metric events as one series a name, split into losses and the rest; a step told again (after a resume) counts as last told. */
export function seriesOf(events: { type: string; step?: unknown; values?: unknown }[]): { losses: Series[]; scores: Series[] } {
  const found = new Map<string, Map<number, number>>();
  for (const event of events) {
    if (event.type !== "metric") continue;
    for (const [name, value] of Object.entries((event.values ?? {}) as Record<string, number>)) {
      if (!found.has(name)) found.set(name, new Map());
      found.get(name)!.set(Number(event.step), value);
    }
  }
  const all = [...found].map(([name, points]) => ({ name, points: [...points].sort(([a], [b]) => a - b) }));
  const isLoss = (series: Series) => series.name.includes("loss");
  const counts = (series: Series) => series.points.some(([, value]) => value > 1.5);
  return { losses: all.filter(isLoss), scores: all.filter((series) => !isLoss(series) && !counts(series) && !/^lr|learning_rate/.test(series.name)) };
}

export interface Series { name: string; points: [number, number][] }
