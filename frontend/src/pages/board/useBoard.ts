import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { api } from "../../api/client";
import { queryClient } from "../../api/queries";
import type { BoardLine } from "../../api/types";
import { useLive } from "../../live/useLive";
import { useScope } from "../../state/scope";

const QUIET = 1000; // ms between two refetches that events ask for

/** Refetch soon, however many events ask for it. */
function useSoon(act: () => void): () => void {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  return () => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      act();
    }, QUIET);
  };
}

/** The board's tiles of the chosen site or line, kept up by the live events. */
export function useBoard() {
  const scope = useScope();
  const query = useQuery({
    queryKey: ["board"],
    queryFn: ({ signal }) => api.get<BoardLine[]>("/board", {}, signal),
    refetchInterval: 10_000,
    select: (tiles) => tiles.filter((tile) => fits(tile, scope)),
  });
  const soon = useSoon(() => void queryClient.invalidateQueries({ queryKey: ["board"] }));
  useLive("board", soon);
  return query;
}

function fits(tile: BoardLine, scope: { site: number | null; line: number | null }): boolean {
  if (scope.line !== null) return tile.line === scope.line;
  return scope.site === null || tile.site === scope.site;
}

const URGENCY: Record<string, number> = { stop: 0, act: 1, no_data: 2, warn: 3, ok: 4, idle: 5 };

/** Trouble first, else in the plant's order. */
export function byUrgency(tiles: BoardLine[]): BoardLine[] {
  return [...tiles].sort((a, b) => (URGENCY[a.state] ?? 9) - (URGENCY[b.state] ?? 9));
}
