import { expect, test } from "vitest";
import type { Trend } from "../../api/types";
import { bucketOf, drillFrom } from "./drill";

test("a figure opens its inspections with the page's filters", () => {
  const drill = drillFrom(new URLSearchParams("line=3&truth=model&period=7d"), "2026-01-01T00:00:00Z");
  const asked = new URLSearchParams(drill({ verdict: "NG" }).split("?")[1]);
  expect(Object.fromEntries(asked)).toEqual({ mode: "production", from: "2026-01-01T00:00:00Z", verdict: "NG", line: "3" });
});

test("a bucket ends where the next begins, the last after its own length", () => {
  const point = (t: string) => ({ t, inspected: 1, ng: 0, ng_rate: 0, interval: null });
  const trend: Trend = { bucket: "hour", timezone: "UTC", points: [point("2026-01-01T10:00:00Z"), point("2026-01-01T12:00:00Z")] };
  expect(bucketOf(trend, 0).to).toBe("2026-01-01T12:00:00Z");
  expect(bucketOf(trend, 1).to).toBe("2026-01-01T13:00:00.000Z");
});
