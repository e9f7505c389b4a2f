/** A board on a TV: as many lines as can be read from afar, the rest in turn. */

import { useEffect, useState } from "react";

const MOST = 6; // lines a screen
const STAY = 15_000; // ms

/** Columns and rows for so many lines. */
export function shapeOf(lines: number): { columns: number; rows: number } {
  const shown = Math.min(Math.max(lines, 1), MOST);
  const columns = shown === 1 ? 1 : shown <= 4 ? 2 : 3;
  return { columns, rows: Math.ceil(shown / columns) };
}

/** The lines of the screen at this turn. */
export function pageOf<T>(lines: T[], turn: number): { shown: T[]; page: number; pages: number } {
  const pages = Math.max(1, Math.ceil(lines.length / MOST));
  const page = turn % pages;
  return { shown: lines.slice(page * MOST, (page + 1) * MOST), page, pages };
}

/** Counts on while the TV view is on. */
export function useTurn(active: boolean): number {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (!active) return undefined;
    const timer = setInterval(() => setTurn((old) => old + 1), STAY);
    return () => clearInterval(timer);
  }, [active]);
  return turn;
}
