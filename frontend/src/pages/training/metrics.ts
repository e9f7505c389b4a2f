import { number } from "../../parts/format";

const FIRST = ["map50", "recall", "accuracy", "image_auroc", "iou", "f1"];

/** The figure that says most, as "map50 0.83". */
export function keyMetric(metrics: Record<string, number> | null | undefined): string {
  const name = FIRST.find((each) => metrics?.[each] !== undefined);
  return name ? `${name} ${number(metrics![name], 2)}` : "";
}

/** Metric events as one series a name, split into losses and the rest. */
export function seriesOf(events: { type: string; step?: unknown; values?: unknown }[]): { losses: Series[]; scores: Series[] } {
  const found = new Map<string, [number, number][]>();
  for (const event of events) {
    if (event.type !== "metric") continue;
    for (const [name, value] of Object.entries((event.values ?? {}) as Record<string, number>)) {
      if (!found.has(name)) found.set(name, []);
      found.get(name)!.push([Number(event.step), value]);
    }
  }
  const all = [...found].map(([name, points]) => ({ name, points }));
  const isLoss = (series: Series) => series.name.includes("loss");
  const counts = (series: Series) => series.points.some(([, value]) => value > 1.5);
  return { losses: all.filter(isLoss), scores: all.filter((series) => !isLoss(series) && !counts(series) && !/^lr|learning_rate/.test(series.name)) };
}

export interface Series { name: string; points: [number, number][] }
