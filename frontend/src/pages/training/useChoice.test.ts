import { expect, test } from "vitest";
import { settingsOf, settingsText } from "./useChoice";

test("only settings that differ from the method's own are in the address, and come back from it", () => {
  const defaults = { epochs: 50, size: "n", lr: 0.002 };
  const text = settingsText({ epochs: 5, size: "n", lr: null }, defaults);
  expect(settingsOf(text)).toEqual({ epochs: 5, lr: null });
  expect(settingsText(defaults, defaults)).toBeNull();
});

test("a broken address sets nothing", () => {
  for (const text of [null, "", "{", "[1]", "3", "null"]) expect(settingsOf(text)).toEqual({});
});
