/** Shapes of what is seen on the line: inspections, the board, the statistics. */

import type { Box, Interval, Outcome, Point, Verdict } from "./types";

export interface Reason {
  code: string;
  words: string;
  class?: string;
  image?: number;
  count?: number;
  value?: number;
  limit?: number;
  unit?: "mm";
  min_count?: number;
  zone?: boolean;
}

export interface Finding {
  class: string;
  score: number;
  box: Box | null;
  polygon: Point[] | null;
  image: number;
  size_mm: number | null;
  decisive: boolean;
  colour?: string;
  severity?: string;
}

export interface LatencyMs {
  total?: number;
  queue?: number;
  decode?: number;
  infer?: number;
  judge?: number;
  store?: number;
}

export interface InspectionRow {
  id: string;
  captured_at: string;
  received_at: string;
  line: number;
  station: number;
  product: number;
  serial: string;
  lot: string;
  verdict: Verdict;
  model_verdict: Verdict;
  outcome: Outcome | "";
  reasons: Reason[];
  code: string;
  mode: string;
  late: boolean;
  latency_ms: LatencyMs;
  model: number | null;
  recipe: number | null;
  attempt: number;
  thumbnail_url: string | null;
  image_count: number;
  findings_count: number;
}

export interface InspectionImage {
  position: number;
  camera: number | null;
  modality: string;
  sha256: string;
  url: string;
  thumbnail_url: string;
  width: number;
  height: number;
  score: number | null;
}

export interface Disposition {
  id: string;
  outcome: Outcome;
  class: string | null;
  reason: string;
  note: string;
  by: string | null;
  at: string;
  undone_at: string | null;
}

export interface Inspection extends InspectionRow {
  images: InspectionImage[];
  findings: Finding[];
  recipe_revision: number | null;
  thresholds: Record<string, number>;
  software: string;
  decided_at: string;
  fail_safe: boolean;
  model_name: string | null;
  station_name: string;
  line_name: string;
  product_code: string;
  dispositions: Disposition[];
  history: InspectionRow[];
}

export type BoardState = "ok" | "warn" | "stop" | "act" | "idle" | "no_data";

export interface BoardModel {
  station: number;
  station_name: string;
  product: number;
  product_code: string;
  model: number;
  name: string;
  recipe: number;
  revision: number;
  since: string;
}

export interface BoardLine {
  line: number;
  site: number;
  name: string;
  timezone: string;
  state: BoardState;
  state_reason: { code: string; words: string };
  errors: number;
  takt_s: number | null;
  as_of: string;
  site_name: string;
  units: number;
  ng: number;
  ng_rate: number | null;
  ng_interval: Interval | null;
  trend: { t: string; n: number; ng: number }[];
  target_ng_rate: number | null;
  last_ng: Pick<InspectionRow, "id" | "serial" | "thumbnail_url">[];
  models: BoardModel[];
  clocks: { station: number; station_name: string; skew_s: number }[];
  last_verdict_at: string | null;
  last_heartbeat_at: string | null;
  silence_limit_s: number;
}

export type Truth = "final" | "model";

export interface Summary {
  inspected: number;
  ng: number;
  ng_rate: number | null;
  ng_interval: Interval | null;
  fpy: number | null;
  fpy_interval: Interval | null;
  triggered: number;
  decided: number;
  error: number;
  late: number;
  review: number;
  review_share: number | null;
  verified: number;
  verified_share: number | null;
  false_calls: number;
  availability: number | null;
  latency_ms: number | null;
  reinspected: number;
  truth: Truth;
  from: string;
  to: string;
  as_of: string;
}

export interface Trend {
  bucket: "hour" | "day";
  timezone: string;
  points: {
    t: string;
    inspected: number;
    ng: number;
    ng_rate: number | null;
    interval: Interval | null;
  }[];
}

export interface ClassBar {
  class: string;
  colour: string | null;
  count: number;
  units: number | null;
  share: number;
  cumulative: number;
}

export interface Pareto {
  total: number;
  n: number;
  classes: ClassBar[];
  other: ClassBar | null;
  unnamed: number;
  upper_bound: number | null;
}
