import { expect, test } from "vitest";
import { marked, nudged, removed, settled, start, undone, whole } from "./usePoints";

const a = { x: 0.1, y: 0.2 };
const b = { x: 0.3, y: 0.4 };

test("halves find each other in whatever order they are marked", () => {
  const two = marked(marked(start(), "colour", a), "colour", b);
  expect(whole(two)).toEqual([]);
  const one = marked(two, "other", b);
  expect(whole(one)).toEqual([{ at: 0, quad: [0.1, 0.2, 0.3, 0.4] }]);
  expect(whole(marked(one, "other", a))).toHaveLength(2);
});

test("undo takes the last half back, then whole points", () => {
  const one = marked(marked(start(), "colour", a), "other", b);
  const half = undone(one);
  expect(half.pairs).toEqual([{ colour: a }]);
  expect(undone(half).pairs).toEqual([]);
  expect(undone(start()).pairs).toEqual([]);
  expect(undone(start([[0, 0, 1, 1], [0, 1, 1, 0]])).pairs).toHaveLength(1);
});

test("another unit takes nothing over of a point that is half marked", () => {
  const two = marked(marked(marked(start(), "colour", a), "other", b), "colour", b);
  expect(settled(two).pairs).toEqual([{ colour: a, other: b }]);
});

test("the half marked last is moved, and stays within its picture", () => {
  const by = { colour: { x: -0.5, y: 0 }, other: { x: 0.01, y: 0 } };
  expect(nudged(marked(start(), "colour", a), by).pairs[0]).toEqual({ colour: { x: 0, y: 0.2 } });
  const one = marked(marked(start(), "colour", a), "other", b);
  expect(nudged(one, by).pairs[0]!.other!.x).toBeCloseTo(0.31);
  expect(nudged(removed(one, 0), by).pairs).toEqual([]);
});
