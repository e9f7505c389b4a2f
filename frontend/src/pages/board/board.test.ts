import { expect, test } from "vitest";
import type { BoardLine } from "../../api/types";
import { pageOf, shapeOf } from "./rotation";
import { lastHeard, patched, seen } from "./seen";

const tile = (more: Partial<BoardLine> = {}): BoardLine => ({
  line: 1, site: 1, name: "L1", timezone: "Europe/Berlin", state: "ok", state_reason: { code: "ok", words: "" }, errors: 0,
  takt_s: null, as_of: "2026-01-01T12:00:00Z", site_name: "S", units: 10, ng: 1, ng_rate: 0.1, ng_interval: null, trend: [], clocks: [],
  target_ng_rate: null, last_ng: [], models: [], last_verdict_at: "2026-01-01T11:59:58Z", last_heartbeat_at: null, silence_limit_s: 10,
  ...more,
});

test("a tile stays green only while the server answers", () => {
  expect(seen(tile(), 9.9).state).toBe("ok");
  const lost = seen(tile(), 10.1);
  expect([lost.state, lost.state_reason.code, lost.ng_rate]).toEqual(["no_data", "lost", 0.1]);
  expect(seen(tile({ silence_limit_s: 60 }), 59).state).toBe("ok");
});

test("a frame shows its NG image and resets the age, and touches no figure", () => {
  const frame = {
    type: "line.verdicts", line: 1,
    inspections: [
      { id: "a2", captured_at: "2026-01-01T12:00:02Z", verdict: "NG", serial: "S2", mode: "production", late: false },
      { id: "a3", captured_at: "2026-01-01T12:00:03Z", verdict: "OK", serial: "S3", mode: "production", late: false },
      { id: "a1", captured_at: "2026-01-01T12:00:01Z", verdict: "NG", serial: "S1", mode: "test", late: false },
    ],
  };
  const [first, other] = patched([tile(), tile({ line: 2 })], frame);
  expect(first!.last_ng.map((row) => row.id)).toEqual(["a2"]);
  expect(first!.last_verdict_at).toBe("2026-01-01T12:00:03Z");
  expect([first!.units, first!.ng]).toEqual([10, 1]);
  expect(other!.last_ng).toEqual([]);
  expect(patched([first!], frame)[0]!.last_ng).toHaveLength(1);
});

test("the newest sign of life counts", () => {
  expect(lastHeard(tile({ last_heartbeat_at: "2026-01-01T12:00:01Z" }))).toBe("2026-01-01T12:00:01Z");
  expect(lastHeard(tile({ last_verdict_at: null }))).toBeNull();
});

test("a TV shows six lines at most and turns to the rest", () => {
  expect(shapeOf(1)).toEqual({ columns: 1, rows: 1 });
  expect(shapeOf(4)).toEqual({ columns: 2, rows: 2 });
  expect(shapeOf(13)).toEqual({ columns: 3, rows: 2 });
  const lines = [1, 2, 3, 4, 5, 6, 7, 8];
  expect(pageOf(lines, 0)).toEqual({ shown: [1, 2, 3, 4, 5, 6], page: 0, pages: 2 });
  expect(pageOf(lines, 3)).toEqual({ shown: [7, 8], page: 1, pages: 2 });
});
