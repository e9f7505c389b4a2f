import { expect, test } from "vitest";
import { moved, point, rectangle, withPoint, without } from "./zone";

test("points stay on the image, and are rounded", () => {
  expect(point(-0.2, 1.7)).toEqual([0, 1]);
  expect(point(1 / 3, 0.12345)).toEqual([0.333, 0.123]);
});

test("a rectangle drawn from any corner begins at its upper left one", () => {
  const expected = [[0.1, 0.2], [0.6, 0.2], [0.6, 0.9], [0.1, 0.9]];
  expect(rectangle([0.1, 0.2], [0.6, 0.9])).toEqual(expected);
  expect(rectangle([0.6, 0.9], [0.1, 0.2])).toEqual(expected);
});

test("a further point goes where the outline passes nearest", () => {
  const zone = rectangle([0, 0], [1, 1]);
  expect(withPoint(zone, [0.5, 0.1])[1]).toEqual([0.5, 0.1]);
  expect(withPoint(zone, [0.05, 0.5]).at(-1)).toEqual([0.05, 0.5]);
  expect(withPoint([[0, 0]], [1, 0])).toEqual([[0, 0], [1, 0]]);
});

test("one point can be moved or taken away", () => {
  const zone = rectangle([0, 0], [1, 1]);
  expect(moved(zone, 2, [0.5, 2])[2]).toEqual([0.5, 1]);
  expect(without(zone, 0)).toHaveLength(3);
});
