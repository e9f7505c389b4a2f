import { expect, test } from "vitest";
import type { Point, Recipe } from "../../api/types";
import { areaOf, changesOf, rectangleOf, ruleWords } from "./ruleWords";

const say = (key: string, values: Record<string, unknown> = {}) => `${key}${Object.keys(values).length ? ` ${Object.values(values).join(" ")}` : ""}`;
const square: Point[] = [[0, 0], [0.5, 0], [0.5, 1], [0, 1]];
const recipe = (fields: Partial<Recipe>): Recipe => ({
  id: 1, station: 1, product: 1, model: 1, revision: 1, thresholds: {}, rules: [], note: "", state: "draft", created_by: "a", created_at: "", words: [], ...fields,
});

test("an upright rectangle is told from other zones, and its area is its share", () => {
  expect(rectangleOf(square)).toEqual([0, 0, 0.5, 1]);
  expect(rectangleOf([[0, 0], [0.5, 0], [0.4, 1], [0, 1]])).toBeNull();
  expect(rectangleOf([[0, 0], [0, 0], [0.5, 1], [0.5, 1]])).toBeNull();
  expect(areaOf(square)).toBeCloseTo(0.5);
  expect(areaOf([...square].reverse())).toBeCloseTo(0.5);
});

test("a rule names all it asks for, a size of 0 too", () => {
  const words = ruleWords({ class: "pit", min_count: 2, min_size_mm: 0, zone: square, action: "REVIEW" }, say);
  for (const part of ["words.several 2 pit", "words.size 0.00", "words.zone", "verdict.REVIEW"]) expect(words).toContain(part);
  expect(ruleWords({ class: null, action: "NG" }, say)).toBe("words.one words.anyFinding → verdict.NG frame");
});

test("a revision says what it changed against the one before", () => {
  const before = recipe({ thresholds: { default: 0.25, pit: 0.4 }, rules: [{ class: "pit", action: "NG" }] });
  const after = recipe({ model: 2, thresholds: { default: 0.3 }, rules: [{ class: "pit", action: "REVIEW" }] });
  expect(changesOf(after, before, say).map((each) => each.split(" ")[0])).toEqual(["changed.model", "changed.threshold", "changed.threshold", "changed.added", "changed.removed"]);
  expect(changesOf(before, before, say)).toEqual(["changed.nothing"]);
});
