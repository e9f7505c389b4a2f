import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/client";
import { offset } from "../../api/clock";
import { queryClient } from "../../api/queries";
import type { BoardLine } from "../../api/types";
import { useFrames, useLive } from "../../live/useLive";
import { useNow } from "../../state/now";
import type { Scope } from "../../state/scope";
import { patched } from "./seen";

const KEY = ["board", "all"];
const EVERY = 5000; // ms; under half of the shortest silence that a line may keep
const GAP = 2000; // ms between two answers to events

/** The board's tiles, kept up by the live events and, should they fail, by asking. */
export function useBoard() {
  const query = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api.get<BoardLine[]>("/board", {}, signal),
    refetchInterval: EVERY,
    refetchOnWindowFocus: true,
  });
  useFrames("board", (event) => {
    const updatedAt = queryClient.getQueryState(KEY)?.dataUpdatedAt; // a hint makes no figure fresher
    queryClient.setQueryData<BoardLine[]>(KEY, (tiles) => tiles && patched(tiles, event), { updatedAt });
  });
  useLive("board", () => queryClient.invalidateQueries({ queryKey: KEY }, { cancelRefetch: false }), { gap: GAP });
  return query;
}

/** Seconds since a query was answered. */
export function useAge(updatedAt: number): number {
  return (useNow() - offset() - updatedAt) / 1000;
}

/** The tiles of the chosen site or line. */
export function ofScope(tiles: BoardLine[], scope: Scope): BoardLine[] {
  if (scope.line !== null) return tiles.filter((tile) => tile.line === scope.line);
  return scope.site === null ? tiles : tiles.filter((tile) => tile.site === scope.site);
}

const URGENCY: Record<string, number> = { stop: 0, act: 1, no_data: 2, warn: 3, ok: 4, idle: 5 };

/** Trouble first, else in the plant's order. */
export function byUrgency(tiles: BoardLine[]): BoardLine[] {
  return [...tiles].sort((a, b) => (URGENCY[a.state] ?? 9) - (URGENCY[b.state] ?? 9));
}
