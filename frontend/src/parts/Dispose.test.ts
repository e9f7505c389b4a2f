import { expect, test } from "vitest";
import type { Finding } from "../api/types";
import { classesFor } from "./Dispose";

const found = (name: string, severity: string) => ({ class: name, severity }) as Finding;
const known = [{ name: "good", severity: "good" }, { name: "pit", severity: "minor" }, { name: "dust", severity: "nuisance" }, { name: "dent", severity: "major" }];

test("a real defect is of what was found, then of what is known, never good or dust", () => {
  expect(classesFor({ findings: [found("dent", "major"), found("dust", "nuisance")] }, known)).toEqual(["dent", "pit"]);
});
