import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { paced } from "./pace";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a burst is one call now and one at its end", async () => {
  let calls = 0;
  const { soon } = paced(() => calls++, 1000, () => 0);
  for (let n = 0; n < 20; n++) soon();
  await vi.advanceTimersByTimeAsync(0);
  expect(calls).toBe(1);
  for (let n = 0; n < 20; n++) soon();
  await vi.advanceTimersByTimeAsync(999);
  expect(calls).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(calls).toBe(2);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(calls).toBe(2);
});

test("a slow answer is waited for, never overtaken", async () => {
  let running = 0;
  let most = 0;
  let done = 0;
  const slow = async () => {
    most = Math.max(most, ++running);
    await new Promise((after) => setTimeout(after, 3000));
    running--;
    done++;
  };
  const { soon } = paced(slow, 1000, () => 0);
  for (let n = 0; n < 100; n++) {
    soon();
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(most).toBe(1);
  expect(done).toBeGreaterThanOrEqual(3);
});

test("stopped, nothing more is called", async () => {
  let calls = 0;
  const { soon, stop } = paced(() => calls++, 1000, () => 0);
  soon();
  stop();
  soon();
  await vi.advanceTimersByTimeAsync(5000);
  expect(calls).toBe(0);
});
