/** The units of a review: what was shown, where one is, what was said. */

import type { Inspection } from "../../api/types";

export interface Queue {
  units: Inspection[];
  /** The unit on screen; past the end when all were shown. */
  at: number;
  /** The places of the units that got a word here, in order. */
  said: number[];
}

export type Act =
  | { type: "add"; units: Inspection[] }
  | { type: "next"; said?: boolean }
  | { type: "back" }
  | { type: "undone" }
  | { type: "clear" };

export const EMPTY: Queue = { units: [], at: 0, said: [] };

export function queued(queue: Queue, act: Act): Queue {
  switch (act.type) {
    case "add": {
      const known = new Set(queue.units.map((unit) => unit.id));
      const fresh = act.units.filter((unit) => !known.has(unit.id));
      return fresh.length ? { ...queue, units: [...queue.units, ...fresh] } : queue;
    }
    case "next":
      return {
        ...queue,
        at: Math.min(queue.at + 1, queue.units.length),
        said: act.said ? [...queue.said, queue.at] : queue.said,
      };
    case "back":
      return { ...queue, at: Math.max(0, queue.at - 1) };
    case "undone": // the unit whose word was taken back is on screen again
      return { ...queue, at: queue.said.at(-1) ?? queue.at, said: queue.said.slice(0, -1) };
    case "clear":
      return EMPTY;
  }
}

/** The unit that "undo last" reaches. */
export function lastSaid(queue: Queue): Inspection | null {
  const place = queue.said.at(-1);
  return place === undefined ? null : (queue.units[place] ?? null);
}

/** How many were shown and left without a word. */
export function skipped(queue: Queue): number {
  return queue.at - new Set(queue.said.filter((place) => place < queue.at)).size;
}
