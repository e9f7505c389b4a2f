import { expect, test } from "vitest";
import type { Inspection } from "../../api/types";
import { type Act, EMPTY, lastSaid, queued, skipped } from "./queue";

const unit = (id: string) => ({ id }) as Inspection;
const after = (...acts: Act[]) => acts.reduce(queued, EMPTY);
const add = (...ids: string[]): Act => ({ type: "add", units: ids.map(unit) });

test("skipping goes through every unit, and what comes is appended once", () => {
  const queue = after(add("a", "b"), { type: "next" }, { type: "next" }, add("b", "c"));
  expect(queue.units.map((each) => each.id)).toEqual(["a", "b", "c"]);
  expect(queue.units[queue.at]!.id).toBe("c");
  expect(skipped(queue)).toBe(2);
});

test("at the end there is no unit, and the first that comes is shown", () => {
  const queue = after(add("a"), { type: "next" }, { type: "next" });
  expect(queue.units[queue.at]).toBeUndefined();
  expect(queued(queue, add("b")).units[queue.at]!.id).toBe("b");
});

test("undo goes back to the unit that got the last word, over skipped ones", () => {
  const queue = after(add("a", "b", "c"), { type: "next", said: true }, { type: "next" });
  expect(lastSaid(queue)!.id).toBe("a");
  const back = queued(queue, { type: "undone" });
  expect(back.units[back.at]!.id).toBe("a");
  expect(lastSaid(back)).toBeNull();
});
