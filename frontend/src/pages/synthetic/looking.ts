/** Looking through drawn images: where one is, what was decided here, and what undo takes back. */

import type { Drawn, DrawnState } from "./types";

export interface Looking {
  /** The id of the image in hand. */
  at: number | null;
  /** What was decided here, newest last: the image and what it was before. */
  said: { id: number; before: DrawnState }[];
}

export const SHOWN = ["all", "proposed", "approved", "rejected", "too_near", "too_far"] as const;
export type Shown = (typeof SHOWN)[number];

/** The images of a filter: by state, or by what speaks against them. */
export function chosen(images: Drawn[], shown: Shown): Drawn[] {
  if (shown === "all") return images;
  return images.filter((each) => (shown === "too_near" || shown === "too_far" ? each.doubt === shown : each.state === shown));
}

/** The id `by` places further on; the ends hold. */
export function moved(ids: number[], at: number | null, by: number): number | null {
  if (!ids.length) return null;
  const place = at === null ? -1 : ids.indexOf(at);
  if (place < 0) return ids[0]!;
  return ids[Math.min(Math.max(place + by, 0), ids.length - 1)]!;
}

/** How an image's distance reads beside the limits: 1 is as far as the farthest real one is from its nearest. */
export function relative(distance: number | null, far: number | null): number | null {
  return distance === null || !far ? null : distance / far;
}
