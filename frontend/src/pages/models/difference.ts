/** Two models' figures set against each other, with how far chance alone could carry them apart. */

import type { Model } from "../../api/types";

type Evaluation = NonNullable<Model["evaluations"]>[number];
/** So many of so many: what a share is made of. */
export interface Counted { hits: number; n: number }

const Z = 1.959963984540054; // 95 %, two-sided

function wilson({ hits, n }: Counted): [number, number] {
  const p = hits / n;
  const centre = (p + Z ** 2 / (2 * n)) / (1 + Z ** 2 / n);
  const half = (Z / (1 + Z ** 2 / n)) * Math.sqrt((p * (1 - p)) / n + Z ** 2 / (4 * n ** 2));
  return [centre - half, centre + half];
}

/** 95 % limits of the difference of two shares: Newcombe's hybrid of the Wilson limits (1998, no. 10). */
export function newcombe(first: Counted, second: Counted): [number, number] | null {
  if (!first.n || !second.n) return null;
  const [p, q] = [first.hits / first.n, second.hits / second.n];
  const [[lowP, highP], [lowQ, highQ]] = [wilson(first), wilson(second)];
  return [
    p - q - Math.sqrt((p - lowP) ** 2 + (highQ - q) ** 2),
    p - q + Math.sqrt((highP - p) ** 2 + (q - lowQ) ** 2),
  ];
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

/** What recall and precision of a class (null: of all classes) are made of, from the confusion matrix. */
export function countsOf(of: Evaluation, name: string | null): { recall: Counted; precision: Counted } | null {
  const matrix = of.confusion.matrix;
  const classes = (of.confusion.classes ?? []).slice(0, -1);
  if (!matrix?.length) return null;
  const at = name === null ? classes.map((_, index) => index) : [classes.indexOf(name)];
  if (at.includes(-1) || !at.length) return null;
  const hits = sum(at.map((index) => matrix[index]?.[index] ?? 0));
  return {
    recall: { hits, n: sum(at.map((index) => sum(matrix[index] ?? []))) },
    precision: { hits, n: sum(at.map((index) => sum(matrix.map((row) => row[index] ?? 0)))) },
  };
}

export interface Compared {
  name: string;
  first: number | null;
  second: number | null;
  /** First minus second. */
  difference: number | null;
  interval: [number, number] | null;
  counts: [Counted, Counted] | null;
}

/** One figure of both, with its 95 % limits where it is a share of known counts. */
export function compared(name: string, first: Values, second: Values, counts?: [Counts, Counts]): Compared {
  const [a, b] = [first[name] ?? null, second[name] ?? null];
  const own = name === "recall" || name === "precision" ? name : null;
  const pair = own && counts?.[0] && counts[1] ? ([counts[0][own], counts[1][own]] as [Counted, Counted]) : null;
  return {
    name, first: a, second: b, counts: pair,
    difference: a === null || b === null ? null : a - b,
    interval: pair && a !== null && b !== null ? newcombe(...pair) : null,
  };
}

type Values = Record<string, number | null | undefined>;
type Counts = ReturnType<typeof countsOf>;

/** Settings in which two models differ, by name. */
export function differing(first: Record<string, unknown>, second: Record<string, unknown>): string[] {
  const names = [...new Set([...Object.keys(first), ...Object.keys(second)])];
  return names.filter((name) => JSON.stringify(first[name]) !== JSON.stringify(second[name])).sort();
}
