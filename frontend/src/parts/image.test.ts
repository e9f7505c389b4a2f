import { expect, test } from "vitest";
import { contrast, inkOn } from "./ink";
import { windowed, windowOf } from "./picture";
import { held, pinched, zoomed } from "./view";

const PALETTE = ["#D55E00", "#E69F00", "#009E73", "#0072B2", "#F0E442", "#56B4E9", "#CC79A7", "#000000", "#ffffff", "#fff"];

test("a label can be read on any class colour", () => {
  for (const colour of PALETTE) expect(contrast(colour, inkOn(colour)), colour).toBeGreaterThanOrEqual(4.5);
  expect(inkOn("#F0E442")).not.toBe(inkOn("#0000aa"));
});

test("the window is read from its header, and asked for by address", () => {
  expect(windowOf("low=12, high=3980.5, least=0, most=4095")).toEqual({ low: 12, high: 3980.5, least: 0, most: 4095 });
  expect(windowOf(null)).toBeNull();
  expect(windowOf("low=1")).toBeNull();
  expect(windowed("/a", { low: 1, high: 2 })).toBe("/a?low=1&high=2");
  expect(windowed("/a?b=1", { low: 1, high: 2 })).toBe("/a?b=1&low=1&high=2");
  expect(windowed("/a", null)).toBe("/a");
});

test("two fingers keep what is under them", () => {
  const view = { x: 10, y: 20, scale: 1 };
  const next = pinched(view, [{ x: 100, y: 100 }, { x: 200, y: 100 }], [{ x: 80, y: 130 }, { x: 280, y: 130 }]);
  const image = (at: { x: number; y: number }, of: typeof view) => ({ x: (at.x - of.x) / of.scale, y: (at.y - of.y) / of.scale });
  expect(next.scale).toBe(2);
  expect(image({ x: 80, y: 130 }, next)).toEqual(image({ x: 100, y: 100 }, view));
  expect(image({ x: 280, y: 130 }, next)).toEqual(image({ x: 200, y: 100 }, view));
});

test("an image cannot be pushed off its stage", () => {
  const stage = { width: 400, height: 300 };
  const image = { width: 1000, height: 800 };
  expect(held({ x: 5000, y: -5000, scale: 1 }, image, stage)).toEqual({ x: 200, y: -650, scale: 1 });
  const kept = zoomed({ x: -100, y: -50, scale: 1 }, { x: 200, y: 150 }, 2);
  expect(held(kept, image, stage)).toEqual(kept);
});
