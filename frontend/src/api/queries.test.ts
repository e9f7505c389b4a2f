import { expect, it } from "vitest";
import { inOrder } from "./queries";

it("puts line 9 before line 10, and what the plant has put first before both", () => {
  const named = (name: string, position = 1) => ({ name, position });
  const rows = [named("Line 10"), named("line 9"), named("Press", 0)];
  expect(inOrder(rows).map((each) => each.name)).toEqual(["Press", "line 9", "Line 10"]);
  expect(rows[0]!.name).toBe("Line 10");
});
