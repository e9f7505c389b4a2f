import { expect, test } from "vitest";
import type { Model } from "../../api/types";
import { compared, countsOf, differing, newcombe } from "./difference";

type Evaluation = NonNullable<Model["evaluations"]>[number];
const evaluation = (matrix: number[][]): Evaluation => ({
  split: "test", metrics: {}, per_class: {}, curves: {}, confusion: { classes: ["pit", "scratch", "background"], matrix },
});

test("the limits of a difference are Newcombe's (56 of 70 against 48 of 80)", () => {
  const limits = newcombe({ hits: 56, n: 70 }, { hits: 48, n: 80 })!;
  expect(limits[0]).toBeCloseTo(0.0524, 4);
  expect(limits[1]).toBeCloseTo(0.3339, 4);
  expect(newcombe({ hits: 0, n: 0 }, { hits: 1, n: 2 })).toBeNull();
});

test("recall and precision are counted from rows and columns, background left out", () => {
  const of = evaluation([[8, 1, 1], [0, 5, 5], [2, 4, 0]]);
  expect(countsOf(of, "pit")).toEqual({ recall: { hits: 8, n: 10 }, precision: { hits: 8, n: 10 } });
  expect(countsOf(of, null)).toEqual({ recall: { hits: 13, n: 20 }, precision: { hits: 13, n: 20 } });
  expect(countsOf(of, "dent")).toBeNull();
  expect(countsOf(evaluation([]), null)).toBeNull();
});

test("an unknown figure has no difference; only counted shares have limits", () => {
  const counts = countsOf(evaluation([[8, 1, 1], [0, 5, 5], [2, 4, 0]]), "pit");
  expect(compared("recall", { recall: 0.8 }, { recall: null }, [counts, counts]).difference).toBeNull();
  const recall = compared("recall", { recall: 0.8 }, { recall: 0.8 }, [counts, counts]);
  expect(recall.interval![0]).toBeLessThan(0);
  expect(compared("map50", { map50: 0.8 }, { map50: 0.7 }, [counts, counts]).interval).toBeNull();
});

test("settings that differ are named, also those that one lacks", () => {
  expect(differing({ epochs: 5, size: "n", lr: 0.1 }, { epochs: 9, size: "n", seed: 0 })).toEqual(["epochs", "lr", "seed"]);
});
