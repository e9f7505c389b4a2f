import { expect, test } from "vitest";
import { seriesOf } from "../pages/training/metrics";
import { periodOf } from "../pages/statistics/period";
import { scopeSearch } from "../state/scope";
import { bytes, duration, interval, number, percent, UNKNOWN } from "./format";
import { defaultsOf, resolved } from "./SchemaForm";
import { fitted, zoomed } from "./view";

test("unknown is a dash, never 0", () => {
  for (const shown of [number(null), percent(undefined), percent(NaN), interval(null), bytes(null), duration(null)]) {
    expect(shown).toBe(UNKNOWN);
  }
});

test("shares are shown fine where they are small", () => {
  expect(percent(0)).toBe("0.0 %");
  expect(percent(0.0123)).toBe("1.23 %");
  expect(percent(0.5)).toBe("50.0 %");
  expect(duration(3725)).toBe("1 h 2 min");
  expect(bytes(1_234_567)).toBe("1.2 MB");
});

test("zooming keeps the point under the pointer", () => {
  const view = fitted({ width: 1000, height: 500 }, { width: 516, height: 516 });
  expect(view).toEqual({ scale: 0.5, x: 8, y: 133 });
  const closer = zoomed(view, { x: 258, y: 258 }, 2);
  expect((258 - closer.x) / closer.scale).toBeCloseTo((258 - view.x) / view.scale);
});

test("a schema gives its defaults, through references", () => {
  const schema = { properties: { epochs: { type: "integer", default: 5 }, size: { $ref: "#/$defs/Size", default: "n" } }, $defs: { Size: { enum: ["n", "s"] } } };
  expect(defaultsOf(schema)).toEqual({ epochs: 5, size: "n" });
  expect(resolved(schema.properties.size, schema.$defs).enum).toEqual(["n", "s"]);
});

test("losses and scores are told apart, counts are left out", () => {
  const events = [1, 2].map((step) => ({ type: "metric", step, values: { loss_box: 3 / step, recall: step / 4, images: 48, lr: 0.1 } }));
  const { losses, scores } = seriesOf(events);
  expect(losses.map((each) => each.name)).toEqual(["loss_box"]);
  expect(scores).toEqual([{ name: "recall", points: [[1, 0.25], [2, 0.5]] }]);
});

test("a period begins at a full minute; a link keeps the scope", () => {
  expect(periodOf("1h", Date.parse("2026-01-01T12:00:30Z")).from).toBe("2026-01-01T11:00:00.000Z");
  expect(scopeSearch({ site: 1, line: 3 })).toBe("?site=1&line=3");
  expect(scopeSearch({ site: null, line: null })).toBe("");
});
