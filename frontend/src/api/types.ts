/** The shapes the API answers with. Times are ISO 8601 in UTC; boxes are shares of the image. */

export type Role = "viewer" | "operator" | "engineer" | "manager" | "admin";
export type Capability =
  | "view" | "inspect" | "dispose" | "datasets" | "train" | "configure" | "plant"
  | "release" | "audit" | "people" | "system";
export type Verdict = "OK" | "NG" | "REVIEW" | "ERROR";
export type Outcome = "real_defect" | "false_call" | "cannot_judge";
export type Box = [number, number, number, number];
export type Point = [number, number];
export type Interval = [number, number];
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** One page of a list; `next` is the link to the next one. */
export interface Page<T> {
  results: T[];
  next: string | null;
}

export interface Me {
  id: number;
  username: string;
  first_name: string;
  last_name: string;
  role: Role;
  capabilities: Capability[];
  lines: number[];
  language: string;
  must_change_password: boolean;
}

export interface User {
  id: number;
  username: string;
  first_name: string;
  last_name: string;
  role: Role;
  lines: number[];
  is_active: boolean;
}

export interface ApiToken {
  id: number;
  username: string;
  name: string;
  prefix: string;
  stations: number[];
  modes: string[];
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  last_used_at: string | null;
  token?: string;
}

export interface AuditEntry {
  id: number;
  at: string;
  actor: string | null;
  action: string;
  subject: string;
  old: Json;
  new: Json;
  why: string;
}

export interface Site { id: number; name: string; timezone: string }
export interface Line {
  id: number;
  site: number;
  name: string;
  takt_s: number | null;
  target_ng_rate: number | null;
  same_unit_hours: number;
  position: number;
  archived_at: string | null;
}
export interface Station {
  id: number;
  line: number;
  name: string;
  position: number;
  deadline_ms: number;
  archived_at: string | null;
}
export interface Camera { id: number; station: number; name: string; mm_per_pixel: number | null }
/** Of marked points x, y of the colour picture and u, v of the other, as shares. */
export interface Alignment {
  id: number; camera: number; modality: string; points: Quad[]; width: number; height: number; residual_px: number; marked_at: string;
}
export type Quad = [number, number, number, number];
export interface AlignmentPair { inspection: string; serial: string; captured_at: string; modality: string; colour_url: string; other_url: string }
export interface Registration { residual_px: number; residuals_px: number[] }
export interface Product { id: number; code: string; name: string; archived_at: string | null }
export interface DefectClass {
  id: number;
  name: string;
  severity: string;
  colour: string;
  merged_into: number | null;
}

export * from "./types-inspection";
export * from "./types-learning";
