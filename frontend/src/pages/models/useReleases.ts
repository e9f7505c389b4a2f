import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { address, everyPage, type Query, sameOrigin, send } from "../../api/client";
import { queryClient } from "../../api/queries";
import type { Page, Release } from "../../api/types";

/** What is in force or warming up, kept fresh; every second or two while something warms. */
export function useInForce(narrowed: Query) {
  return useQuery({
    queryKey: ["releases", "now", narrowed],
    queryFn: () => everyPage<Release>("/releases", { ...narrowed, now: true }),
    refetchInterval: (query) => (query.state.data?.some((each) => !each.at) ? 1500 : 15_000),
  });
}

/** What was in production when, newest first, page by page. */
export function useHistory(narrowed: Query) {
  return useInfiniteQuery({
    queryKey: ["releases", "history", narrowed],
    queryFn: ({ pageParam }) => send<Page<Release>>("GET", pageParam),
    initialPageParam: address("/releases", { ...narrowed, limit: 20 }),
    getNextPageParam: (page) => page.next && sameOrigin(page.next),
  });
}

/** After a release or a rollback: everything that says what judges where. */
export function refreshReleases(): void {
  for (const key of ["model", "models", "releases", "board", "recipes"]) void queryClient.invalidateQueries({ queryKey: [key] });
}
