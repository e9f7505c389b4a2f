import type { Box } from "../../api/types";

export type DrawnState = "proposed" | "approved" | "rejected";

/** Images of one class that a generator drew, beside the real ones. */
export interface Batch {
  id: number;
  job: number;
  model: number;
  model_name: string;
  engine: string;
  dataset: number;
  dataset_name: string;
  dataset_number: number;
  dataset_version: number;
  class_name: string;
  seed: number;
  pasted: boolean;
  real: number;
  features: string;
  kid: number | null;
  spread: number | null;
  near: number | null;
  far: number | null;
  proposed: number;
  approved: number;
  rejected: number;
  added: number;
  created_by: string;
  created_at: string;
}

/** One of them. `doubt` says why it started out rejected. */
export interface Drawn {
  id: number;
  position: number;
  seed: number;
  url: string;
  closeup_url: string;
  width: number;
  height: number;
  annotations: { class_name: string; kind: string; box: Box | null }[];
  parents: number[];
  neighbour: number | null;
  neighbour_path: string | null;
  neighbour_url: string | null;
  distance: number | null;
  doubt: "" | "too_near" | "too_far";
  state: DrawnState;
  decided_by: string | null;
  decided_at: string | null;
  sample: number | null;
}
