import type { Location } from "react-router-dom";
import { expect, test } from "vitest";
import { keptScope, SCOPED, withScope } from "./scope";

const at = (pathname: string, search = "", state: unknown = null): Location => ({ pathname, search, hash: "", state, key: "k" });
const berlin = { site: 1, line: 3 };
const whole = { site: null, line: null };

test("a link that says nothing of the scope keeps it", () => {
  expect(keptScope(at("/models/4"), "PUSH", berlin)).toBe("/models/4?site=1&line=3");
  expect(keptScope(at("/products", "?tab=products"), "PUSH", { site: 1, line: null })).toBe("/products?tab=products&site=1");
});

test("a link with its own scope, Back, and a chosen whole plant are left alone", () => {
  expect(keptScope(at("/board", "?line=4"), "PUSH", berlin)).toBeNull();
  expect(keptScope(at("/board"), "POP", berlin)).toBeNull();
  expect(keptScope(at("/board", "", SCOPED), "PUSH", berlin)).toBeNull();
  expect(keptScope(at("/board"), "PUSH", whole)).toBeNull();
});

test("a search keeps what it says beside the scope", () => {
  expect(withScope("?verdict=NG", berlin)).toBe("?verdict=NG&site=1&line=3");
  expect(withScope("", whole)).toBe("");
});
