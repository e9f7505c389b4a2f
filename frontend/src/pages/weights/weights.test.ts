import { expect, test } from "vitest";
import type { BaseWeights, Engine } from "../../api/types";
import { lacksBase, usable } from "../training/StartFrom";
import { isPickle } from "./pickle";
import { inMillions } from "./WeightsTable";

const file = (...start: number[]) => new Blob([new Uint8Array([...start, 0, 0, 0, 0, 0, 0, 0, 0])]);

test("a pickle is told by its first bytes: torch's zip, or a bare one", async () => {
  expect(await isPickle(file(0x50, 0x4b, 0x03, 0x04))).toBe(true);
  expect(await isPickle(file(0x80, 0x02, 0x8a, 0x0a))).toBe(true);
  expect(await isPickle(file(0x40, 0x01, 0, 0, 0, 0, 0, 0, 0x7b))).toBe(false);
  expect(await isPickle(file(0x80, 0x02, 0, 0, 0, 0, 0, 0, 0x7b))).toBe(false); // a header of 640 bytes
});

test("parameters in millions", () => {
  expect(inMillions(null)).toBe("–");
  expect(inMillions(120_000)).toBe("120,000");
  expect(inMillions(11_689_512)).toBe("11.7 M");
  expect(inMillions(859_520_964)).toBe("860 M");
});

const weights = (of: Partial<BaseWeights>) => ({ state: "sound", format: "safetensors", vouched: null, ...of }) as BaseWeights;
const engine = (base_weights: Engine["base_weights"]) => ({ base_weights }) as Engine;

test("a training starts only from weights that were read and are vouched for", () => {
  const sound = weights({});
  const registered = weights({ format: "pt", vouched: { id: 1, sha256: "", note: "", created_by: "", created_at: "" } });
  expect(usable([sound, weights({ state: "unread" }), weights({ state: "unsound" }), weights({ format: "pt" }), registered])).toEqual([sound, registered]);
});

test("a method lacks base weights only when it cannot do without and there are none", () => {
  expect(lacksBase(engine("needed"), [])).toBe(true);
  expect(lacksBase(engine("needed"), [weights({ state: "unsound" })])).toBe(true);
  expect(lacksBase(engine("needed"), [weights({})])).toBe(false);
  expect(lacksBase(engine("optional"), [])).toBe(false);
  expect(lacksBase(engine("needed"), undefined)).toBe(false); // not known yet
});
