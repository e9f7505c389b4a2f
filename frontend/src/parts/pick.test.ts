import { expect, test } from "vitest";
import { spotOf } from "./pick";

test("a press lands where the image is, whatever its zoom", () => {
  const size = { width: 200, height: 100 };
  expect(spotOf({ x: 60, y: 30 }, { x: 10, y: 5, scale: 0.5 }, size)).toEqual({ x: 0.5, y: 0.5 });
  expect(spotOf({ x: 5, y: 30 }, { x: 10, y: 5, scale: 0.5 }, size)).toBeNull();
});
