import { expect, it } from "vitest";
import { filledBy, withFilled } from "./useDraft";

const from = (text: string) => filledBy(new URLSearchParams(text));

it("reads a threshold only where a model comes with it, and both can be", () => {
  expect(from("model=5&image=0.620")).toEqual({ model: 5, image: 0.62 });
  expect(from("model=5&image=0")).toEqual({ model: 5, image: 0 });
  for (const text of ["", "model=5", "image=0.5", "model=x&image=0.5", "model=5&image=2", "model=5&image=x"]) expect(from(text)).toBeNull();
});

it("fills in the threshold of the image and of findings, and leaves the rest", () => {
  const draft = { model: "1", thresholds: { default: 0.25, image: 0.5 }, rules: [] };
  expect(withFilled(draft, { model: 5, image: 0.62 })).toEqual({ model: "5", thresholds: { default: 0.25, anomaly: 0.62, image: 0.62 }, rules: [] });
  expect(withFilled(draft, null)).toBe(draft);
});
