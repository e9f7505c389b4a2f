/** From a figure to the inspections behind it. */

import type { Trend } from "../../api/types";

const KEPT = ["site", "line", "station", "product"];
const HOUR = 3_600_000;

export type Drill = (extra: Record<string, string>) => string;

/** The list of a period with the page's own filters; production only, as the figures count. */
export function drillFrom(search: URLSearchParams, from: string): Drill {
  return (extra) => {
    const to = new URLSearchParams({ mode: "production", from, ...extra });
    for (const name of KEPT) if (search.get(name)) to.set(name, search.get(name)!);
    return `/inspections?${to}`;
  };
}

/** From when to when a bucket of the trend goes: to the next one, the last for as long as its kind. */
export function bucketOf(trend: Trend, index: number): { from: string; to: string } {
  const from = trend.points[index]!.t;
  const next = trend.points[index + 1]?.t;
  const length = trend.bucket === "day" ? 24 * HOUR : HOUR;
  return { from, to: next ?? new Date(Date.parse(from) + length).toISOString() };
}
