import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiProblem, send } from "./client";
import { forgetClock, noteDate, offset } from "./clock";

const stamp = (ms: number) => new Date(ms).toUTCString();
const NOON = Date.parse("2026-01-01T12:00:00Z");

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
  forgetClock();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A network that takes a request and never answers: only giving up ends it. */
function silence(_url: string, { signal }: RequestInit): Promise<Response> {
  return new Promise((_, fail) => {
    signal?.addEventListener("abort", () => fail(new DOMException("aborted", "AbortError")));
  });
}

test("a server that never answers is unreachable after a while", async () => {
  vi.stubGlobal("fetch", silence);
  const asked = send("GET", "/api/v1/board").catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(15_000);
  const error = (await asked) as ApiProblem;
  expect(error).toBeInstanceOf(ApiProblem);
  expect(error.code).toBe("unreachable");
});

test("a request that its caller drops is no problem of the server", async () => {
  vi.stubGlobal("fetch", silence);
  const caller = new AbortController();
  const asked = send("GET", "/api/v1/board", undefined, caller.signal).catch((error: unknown) => error);
  caller.abort();
  expect((await asked) as DOMException).toHaveProperty("name", "AbortError");
});

test("a clock that may be right is left alone, a wrong one is corrected", () => {
  noteDate(stamp(NOON), NOON, NOON + 400);
  expect(offset()).toBe(0);
  forgetClock();
  noteDate(stamp(NOON + 60_000), NOON, NOON + 100);
  expect(Math.abs(offset() - 60_000)).toBeLessThan(1500);
  noteDate(null, NOON, NOON);
  expect(offset()).toBeGreaterThan(0);
});

test("a clock that is set meanwhile is learnt anew", () => {
  noteDate(stamp(NOON + 60_000), NOON, NOON);
  noteDate(stamp(NOON + 70_000), NOON + 70_000, NOON + 70_100);
  expect(offset()).toBe(0);
});
