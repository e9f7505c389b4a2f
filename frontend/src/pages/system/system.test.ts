import { expect, test } from "vitest";
import type { ApiToken } from "../../api/types";
import { tokenCounts } from "./Tokens";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const token = (more: Partial<ApiToken>): ApiToken => ({
  id: 1, username: "anna", name: "line", prefix: "kz_a", stations: [], modes: [], created_at: "2025-01-01T00:00:00Z",
  expires_at: null, revoked_at: null, last_used_at: "2025-12-31T00:00:00Z", ...more,
});

test("tokens are counted by whether they open the door, and for how long", () => {
  const counts = tokenCounts([
    token({}),
    token({ expires_at: "2026-01-15T00:00:00Z", last_used_at: null }),
    token({ expires_at: "2025-12-01T00:00:00Z" }),
    token({ revoked_at: "2025-12-01T00:00:00Z" }),
  ], NOW);
  expect(counts).toEqual({ valid: 2, soon: 1, unused: 1, ended: 2 });
});
