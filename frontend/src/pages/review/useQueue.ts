import { useQuery } from "@tanstack/react-query";
import { useEffect, useReducer } from "react";
import { api } from "../../api/client";
import { queryClient } from "../../api/queries";
import type { Inspection } from "../../api/types";
import { useLive } from "../../live/useLive";
import { useScope } from "../../state/scope";
import { EMPTY, type Queue, queued } from "./queue";

const AHEAD = 2; // units that are loaded before they are asked for

interface Waiting {
  results: Inspection[];
  remaining: number;
}

/** What waits, unit by unit in the order of capture; new ones join at the end by themselves. */
export function useQueue() {
  const { site, line } = useScope();
  const [queue, act] = useReducer(queued, EMPTY);
  const after = queue.units.at(-1)?.id ?? null;
  const query = useQuery({
    queryKey: ["review", site, line, after],
    queryFn: ({ signal }) => api.get<Waiting>("/review", { site, line, after }, signal),
    enabled: queue.units.length - queue.at <= AHEAD,
    refetchInterval: 20_000,
    staleTime: 0,
    gcTime: 0,
  });
  const count = useQuery({
    queryKey: ["review", site, line, "count"],
    queryFn: ({ signal }) => api.get<Waiting>("/review", { site, line, limit: 1 }, signal),
    refetchInterval: 20_000,
  });
  useEffect(() => act({ type: "clear" }), [site, line]);
  const page = query.data?.results;
  useEffect(() => {
    if (page?.length) act({ type: "add", units: page });
  }, [page]);
  useLive("board", () => queryClient.invalidateQueries({ queryKey: ["review"] }, { cancelRefetch: false }), { gap: 3000 });
  return { queue, act, query, remaining: count.data?.remaining ?? null };
}

export type { Queue };
