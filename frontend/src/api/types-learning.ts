/** Shapes of what is learnt and set up: datasets, jobs, models, recipes, the system. */

import type { Box, Json, Outcome, Point, Verdict } from "./types";
import type { Finding, InspectionImage, Reason } from "./types-inspection";

export type Task = "classify" | "detect" | "segment" | "anomaly";
export type WorkState = "queued" | "running" | "succeeded" | "failed" | "cancelled";
export type Level = "error" | "warning" | "info";

export interface Problem {
  level: Level;
  path: string;
  code: string;
  message: string;
  params?: Record<string, Json>;
}

export interface Dataset {
  id: number;
  name: string;
  task: Task;
  product: number | null;
  note: string;
  created_at: string;
  archived_at: string | null;
  summary: {
    samples: number;
    annotated: number;
    synthetic: number;
    classes: { name: string; colour: string; severity: string; findings: number; samples: number }[];
    problems: number;
    versions: number;
  };
}

export interface Annotation {
  id: number;
  class: string;
  kind: string;
  box: Box | null;
  polygon: Point[] | null;
  colour: string;
  reviewed: boolean;
}

export interface SampleImage {
  sha256: string;
  url: string;
  thumbnail_url: string | null;
  width: number;
  height: number;
  bits: number;
}

export interface Sample {
  id: number;
  path: string;
  part: string;
  split: string;
  annotated: boolean;
  synthetic: boolean;
  width: number;
  height: number;
  bits: number;
  images: Record<string, SampleImage>;
  annotations: Annotation[];
}

export interface Import {
  id: number;
  dataset: number;
  state: WorkState;
  dry_run: boolean;
  format: string;
  part_by: "format" | "none" | "folder" | "prefix" | "stem" | "pattern";
  part_pattern: string;
  counts: Record<string, number>;
  created_by: string;
  classes: { name: string; findings: number; mapped_to: string | null; ignored: boolean }[];
  problems: Problem[];
  done: number;
  total: number;
  error_code: string;
  error: string;
  created_at: string;
  finished_at: string | null;
}

export interface DatasetVersion {
  id: number;
  dataset: number;
  dataset_name: string;
  task: Task;
  number: number;
  seed: number;
  shares: Record<string, number>;
  created_by: string;
  content_hash: string;
  splits: { train: number; val: number; test: number };
  /** How many of those in train a generator drew. */
  synthetic: number;
  classes: string[];
  created_at: string;
}

/** A JSON-schema property of an engine's parameters, with the extras the form uses. */
export interface ParamSchema {
  type?: string;
  title?: string;
  description?: string;
  default?: Json;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  enum?: Json[];
  anyOf?: ParamSchema[];
  $ref?: string;
  items?: ParamSchema;
  advanced?: boolean;
  unit?: string;
  /** Of the values of an augmentation: where in the form it stands. */
  group?: string;
  step?: number;
}

/** The values that training images are varied by, and those of each preset. */
export interface Augmentations {
  values: { properties: Record<string, ParamSchema> };
  presets: Record<string, Record<string, number>>;
}

/** A training image varied: a JPEG in base64, and where what is annotated lies now. */
export interface PreviewImage {
  sample: number;
  path: string;
  width: number;
  height: number;
  picture: string;
  annotations: { class_name: string; box?: Box | null; polygon?: [number, number][] | null }[];
  error: string;
}

export interface Preview {
  images: PreviewImage[];
  ms: number;
}

export interface Engine {
  name: string;
  title: string;
  kind: string;
  tasks: Task[];
  summary: string;
  when: string;
  when_not: string;
  source: string;
  needs: string[];
  base_weights: "none" | "optional" | "needed";
  extends: boolean;
  /** Learns on several GPUs at once. */
  several: boolean;
  modalities: string[];
  presets: string[];
  params: {
    properties?: Record<string, ParamSchema>;
    required?: string[];
    $defs?: Record<string, ParamSchema>;
  };
}

export interface Job {
  id: number;
  kind: string;
  title: string;
  state: WorkState;
  priority: number;
  engine: string;
  dataset_version: number | null;
  dataset_name: string | null;
  model: number | null;
  parent: number | null;
  base: number | null;
  request: Record<string, Json>;
  result: Record<string, Json>;
  progress: number;
  stage: string;
  seconds_left: number | null;
  device: string;
  attempt: number;
  error_code: string;
  error: string;
  hint: string;
  created_by: string | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  model_version: number | null;
  queue_position: number | null;
  latest: Record<string, number> | null;
}

/** One event of a job, its own fields flat beside these. */
export interface JobEvent {
  seq: number;
  type: "progress" | "metric" | "log" | "image" | "artefact" | string;
  at: string;
  [field: string]: Json;
}

export interface JobCheck {
  ok: boolean;
  problems: Problem[];
  estimate: { minutes: number | null; memory_mb: number | null } | null;
}

/** Base weights as they were when a training started from them; `through` an earlier model. */
export interface Base {
  id: number;
  name: string;
  sha256: string;
  licence: string;
  source: string;
  through?: number;
}

export interface AllowedPickle {
  id: number;
  sha256: string;
  note: string;
  created_by: string;
  created_at: string;
}

export interface BaseWeights {
  id: number;
  name: string;
  architecture: string;
  sha256: string;
  size: number;
  format: "safetensors" | "pt";
  file_name: string;
  licence: string;
  source: string;
  note: string;
  state: "unread" | "sound" | "unsound";
  tensors: number | null;
  parameters: number | null;
  first: { name: string; dtype: string; shape: number[] }[];
  problem_code: string;
  problem: string;
  vouched: AllowedPickle | null;
  used_by: { id: number; name: string }[];
  uploaded_by: string;
  created_at: string;
  archived_at: string | null;
}

export interface ModelUse {
  release: number;
  line: number;
  line_name: string;
  station: number;
  station_name: string;
  product: number;
  product_code: string;
  recipe: number;
  since: string;
  by: string;
}

/** What a threshold on the image score does to the held-out images; shares with their 95 % limits. */
export interface ThresholdStep {
  at: number;
  called: number;
  nuisances: number;
  missed: number;
  false_calls: number | null;
  false_calls_limits: [number, number] | null;
  nuisance_calls: number | null;
  nuisance_calls_limits: [number, number] | null;
  misses: number | null;
  misses_limits: [number, number] | null;
}

export interface ThresholdCurve {
  split: string;
  images: number;
  scored: number;
  good: number;
  nuisances: number;
  defective: number;
  chosen: number;
  steps: ThresholdStep[];
}

export interface NearImage {
  id: number;
  score: number;
  defective: boolean;
  nuisance: boolean;
  dataset: number | null;
  path: string | null;
  image: SampleImage | null;
}

export interface Nearest { at: number; above: NearImage[]; below: NearImage[] }

export interface Model {
  id: number;
  name: string;
  job: number | null;
  engine: string;
  kind: string;
  params: Record<string, Json>;
  /** Nothing for models from before there were values. */
  augmentation: { preset?: string; values?: Record<string, number> };
  classes: string[];
  metrics: Record<string, number>;
  dataset_version: number | null;
  dataset_name: string | null;
  dataset_number: number | null;
  parent: number | null;
  base: Base | null;
  code_version: string;
  note: string;
  artefact_sha256: string;
  created_at: string;
  exports: { format: string; precision: string; parity: Record<string, Json>; created_at: string }[];
  in_use: ModelUse[];
  evaluations?: {
    split: string;
    metrics: Record<string, number>;
    per_class: Record<string, Record<string, number | null>>;
    confusion: { classes?: string[]; matrix?: number[][] };
    curves: Record<string, [number, number, number][]>;
  }[];
}

export interface Rule {
  class: string | null;
  severity?: string | null;
  min_score?: number | null;
  min_size_mm?: number | null;
  min_area?: number | null;
  min_count?: number;
  zone?: Point[] | null;
  action: "NG" | "REVIEW";
}

export interface Recipe {
  id: number;
  station: number;
  product: number;
  model: number;
  revision: number;
  thresholds: Record<string, number>;
  rules: Rule[];
  note: string;
  state: string;
  created_by: string | null;
  created_at: string;
  words: string[];
}

/** A draft recipe against what was found before. */
export interface RecipePreview {
  n: number;
  changed: number;
  verdicts: Partial<Record<Verdict, { before: number; after: number }>>;
  told_by_people: Record<"real_defect" | "false_call", { n: number; passed: number }>;
  units: {
    id: string;
    serial: string;
    captured_at: string;
    outcome: Outcome | "";
    before: Verdict;
    after: Verdict;
    reasons: Reason[];
    images: InspectionImage[];
    findings: Finding[];
  }[];
}

export interface Release {
  id: number;
  line: number;
  line_name: string;
  station: number;
  station_name: string;
  product: number;
  product_code: string;
  recipe: number;
  revision: number;
  model: number;
  model_name: string;
  replaced: number | null;
  replaced_model: number | null;
  replaced_revision: number | null;
  kind: string;
  reason: string;
  by: string | null;
  asked_at: string;
  at: string | null;
  ended_at: string | null;
}

export interface SystemState {
  servers: { name: string; ok: boolean; detail: string }[];
  queues: { name: string; length: number }[];
  workers: { name: string; kind: string; seen_at: string; job: number | null; device: Record<string, Json> }[];
  devices: Record<string, Json>[];
  disk: { path: string; free: number; total: number };
  versions: Record<string, string>;
  models_warm: number[];
  models_broken: Record<string, string>;
}
