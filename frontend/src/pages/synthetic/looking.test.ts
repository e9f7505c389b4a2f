import { describe, expect, it } from "vitest";
import { chosen, moved, relative } from "./looking";
import type { Drawn } from "./types";

const drawn = (id: number, state: Drawn["state"], doubt: Drawn["doubt"] = "") => ({ id, state, doubt }) as Drawn;
const images = [drawn(1, "proposed"), drawn(2, "rejected", "too_near"), drawn(3, "approved", "too_far"), drawn(4, "rejected")];

describe("looking through drawn images", () => {
  it("narrows by state, or by what speaks against them", () => {
    expect(chosen(images, "all")).toHaveLength(4);
    expect(chosen(images, "rejected").map((each) => each.id)).toEqual([2, 4]);
    expect(chosen(images, "too_far").map((each) => each.id)).toEqual([3]);
  });

  it("moves by places, and stays at the ends", () => {
    expect(moved([5, 6, 7], 6, 1)).toBe(7);
    expect(moved([5, 6, 7], 6, 4)).toBe(7);
    expect(moved([5, 6, 7], 6, -4)).toBe(5);
    expect(moved([5, 6, 7], null, 1)).toBe(5);
    expect(moved([5, 6, 7], 99, -1)).toBe(5);
    expect(moved([], 5, 1)).toBeNull();
  });

  it("tells a distance by the limit, and none without one", () => {
    expect(relative(0.5, 2)).toBe(0.25);
    expect(relative(null, 2)).toBeNull();
    expect(relative(0.5, null)).toBeNull();
  });
});
