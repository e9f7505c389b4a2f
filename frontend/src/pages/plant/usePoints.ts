/** Points that are being marked in two pictures; a half waits for its other half. */

import { useState } from "react";
import type { Quad } from "../../api/types";
import type { Spot } from "../../parts/view";

export type Side = "colour" | "other";
export type Pair = Partial<Record<Side, Spot>>;
interface Last { at: number; side: Side }
export interface Points { pairs: Pair[]; last: Last | null }

export const start = (quads: Quad[] = []): Points => ({
  pairs: quads.map(([x, y, u, v]) => ({ colour: { x, y }, other: { x: u, y: v } })),
  last: null,
});

/** The first point that lacks this half gets it; else it begins a new one. */
export function marked({ pairs }: Points, side: Side, spot: Spot): Points {
  const waiting = pairs.findIndex((pair) => !pair[side]);
  const at = waiting < 0 ? pairs.length : waiting;
  return { pairs: [...pairs.slice(0, at), { ...pairs[at], [side]: spot }, ...pairs.slice(at + 1)], last: { at, side } };
}

export const removed = ({ pairs }: Points, at: number): Points => ({ pairs: pairs.filter((_, each) => each !== at), last: null });

/** Without the half that was marked last; without any such, the last point whole. */
export function undone(points: Points): Points {
  const { pairs, last } = points;
  if (!pairs.length) return points;
  if (!last) return removed(points, pairs.length - 1);
  const { [last.side]: _gone, ...left } = pairs[last.at] ?? {};
  if (!Object.keys(left).length) return removed(points, last.at);
  return { pairs: pairs.map((pair, at) => (at === last.at ? left : pair)), last: null };
}

/** The half that was marked last, moved by shares of its picture. */
export function nudged(points: Points, by: Record<Side, Spot>): Points {
  const { pairs, last } = points;
  const spot = last && pairs[last.at]?.[last.side];
  if (!last || !spot) return points;
  const within = (value: number) => Math.min(1, Math.max(0, value));
  const moved = { x: within(spot.x + by[last.side].x), y: within(spot.y + by[last.side].y) };
  return { last, pairs: pairs.map((pair, at) => (at === last.at ? { ...pair, [last.side]: moved } : pair)) };
}

/** Without halves that wait: what was begun on one unit does not go on on another. */
export const settled = ({ pairs }: Points): Points => ({ pairs: pairs.filter((pair) => pair.colour && pair.other), last: null });

/** Whole points as the API has them, with their places among all. */
export function whole({ pairs }: Points): { at: number; quad: Quad }[] {
  return pairs.flatMap(({ colour, other }, at) => (colour && other ? [{ at, quad: [colour.x, colour.y, other.x, other.y] as Quad }] : []));
}

export function usePoints(quads?: Quad[]) {
  const [points, set] = useState(() => start(quads));
  return {
    points,
    mark: (side: Side, spot: Spot) => set((old) => marked(old, side, spot)),
    remove: (at: number) => set((old) => removed(old, at)),
    undo: () => set(undone),
    settle: () => set(settled),
    nudge: (by: Record<Side, Spot>) => set((old) => nudged(old, by)),
  };
}
