import { describe, expect, it } from "vitest";
import type { SystemState } from "../../api/types";
import { choices, gpus } from "./Devices";

const worker = (kind: string, device: SystemState["workers"][number]["device"]) => ({ name: kind, kind, seen_at: "", job: null, device });

describe("devices of a training", () => {
  it("counts those of training workers that can use them", () => {
    const workers = [worker("train", { cuda: true, count: 4 }), worker("batch", { cuda: true, count: 8 }), worker("train", { cuda: false, count: 6 })];
    expect(gpus({ workers } as SystemState)).toBe(4);
    expect(gpus(undefined)).toBe(0);
  });

  it("offers all together only to a method that learns on several", () => {
    expect(choices(2, true)).toEqual(["auto", "cuda:all", "cuda:0", "cuda:1"]);
    expect(choices(2, false)).toEqual(["auto", "cuda:0", "cuda:1"]);
    expect(choices(1, true)).toEqual(["auto"]);
  });
});
