import { expect, test } from "vitest";
import { chosenOf } from "./useChosen";

const rows = [{ kind: "stations" as const, id: 3, row: { id: 3, line: 2, name: "AOI", deadline_ms: 500, position: 0, archived_at: null } }];
const of = (text: string) => chosenOf(new URLSearchParams(text), rows);

test("the address names what is edited, with the fields that can be", () => {
  expect(of("at=stations.3")).toEqual({ kind: "stations", id: 3, parent: null, values: { name: "AOI", deadline_ms: 500, position: 0 } });
  expect(of("new=cameras.3")).toEqual({ kind: "cameras", id: null, parent: 3, values: {} });
  expect(of("new=sites.")!.values.timezone).toBeTruthy();
});

test("what is gone or was never there chooses nothing", () => {
  for (const text of ["", "at=stations.9", "at=robots.3", "at=", "new=robots.1"]) expect(of(text)).toBeNull();
});
