/** What a tile may claim: the server's word, as long as it is fresh. */

import type { BoardLine } from "../../api/types";
import type { LiveEvent } from "../../live/socket";

const KEPT = 5; // NG images of a tile

/** A tile of which nothing was heard for longer than its line may be silent says so itself. */
export function seen(tile: BoardLine, age: number): BoardLine {
  if (age <= tile.silence_limit_s) return tile;
  return { ...tile, state: "no_data", state_reason: { code: "lost", words: "" } };
}

/** When a line was last heard of. */
export function lastHeard(tile: BoardLine): string | null {
  const moments = [tile.last_verdict_at, tile.last_heartbeat_at].filter((at) => at !== null);
  return moments.length ? moments.reduce((a, b) => (a > b ? a : b)) : null;
}

interface Hint {
  id: string;
  captured_at: string;
  verdict: string;
  serial: string;
  mode: string;
  late: boolean;
}

/** The newest verdict and NG images of a frame, at once; rates and states come with the next answer. */
export function patched(tiles: BoardLine[], event: LiveEvent): BoardLine[] {
  const hints = (event.inspections ?? []) as Hint[];
  if (event.type !== "line.verdicts" || !hints.length) return tiles;
  return tiles.map((tile) => (tile.line === event.line ? withHints(tile, hints) : tile));
}

function withHints(tile: BoardLine, hints: Hint[]): BoardLine {
  const newest = hints.map((hint) => hint.captured_at).reduce((a, b) => (Date.parse(a) > Date.parse(b) ? a : b));
  const later = !tile.last_verdict_at || Date.parse(newest) > Date.parse(tile.last_verdict_at);
  const known = new Set(tile.last_ng.map((row) => row.id));
  const fresh = hints
    .filter((hint) => hint.verdict === "NG" && hint.mode === "production" && !hint.late && !known.has(hint.id))
    .map(({ id, serial }) => ({ id, serial, thumbnail_url: `/api/v1/inspections/${id}/images/0?thumb=1` }));
  const last_ng = [...fresh, ...tile.last_ng].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, KEPT);
  return { ...tile, last_verdict_at: later ? newest : tile.last_verdict_at, last_ng };
}
