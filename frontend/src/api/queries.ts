/** The query client, and the queries more than one page asks. */

import { QueryCache, QueryClient, useQuery } from "@tanstack/react-query";
import { api, ApiProblem, everyPage } from "./client";
import type { DefectClass, Line, Me, Product, Site, Station } from "./types";

const PLANT_STALE = 5 * 60_000;

const natural = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** As the plant has put them, then by name: line 9 comes before line 10. */
export function inOrder<T extends { name: string; position?: number }>(rows: T[]): T[] {
  return [...rows].sort((a, b) => (a.position ?? 0) - (b.position ?? 0) || natural.compare(a.name, b.name));
}

const byCode = (rows: Product[]) => [...rows].sort((a, b) => natural.compare(a.code, b.code));

/**
 * A signed-out answer anywhere empties the session; a refusal (4xx) is not tried again.
 * The browser's word that it is offline pauses nothing: a query that fails is seen to fail.
 */
export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      if (error instanceof ApiProblem && error.status === 401) queryClient.setQueryData(["me"], null);
    },
  }),
  defaultOptions: {
    mutations: { networkMode: "always" },
    queries: {
      networkMode: "always",
      staleTime: 10_000,
      refetchOnWindowFocus: false,
      retry: (count, error) =>
        count < 2 && !(error instanceof ApiProblem && error.status >= 400 && error.status < 500),
    },
  },
});

async function me(): Promise<Me | null> {
  try {
    return await api.get<Me>("/auth/me");
  } catch (error) {
    if (error instanceof ApiProblem && (error.status === 401 || error.status === 403)) return null;
    throw error;
  }
}

/** Who is signed in; null when no one is. A server that does not answer is asked again. */
export const useMe = () =>
  useQuery({
    queryKey: ["me"],
    queryFn: me,
    staleTime: PLANT_STALE,
    refetchInterval: (query) => (query.state.status === "error" ? 5000 : false),
  });

export const useSites = () =>
  useQuery({ queryKey: ["sites"], queryFn: () => everyPage<Site>("/sites"), select: inOrder, staleTime: PLANT_STALE });
export const useLines = () =>
  useQuery({ queryKey: ["lines"], queryFn: () => everyPage<Line>("/lines"), select: inOrder, staleTime: PLANT_STALE });
export const useStations = () =>
  useQuery({
    queryKey: ["stations"],
    queryFn: () => everyPage<Station>("/stations"),
    select: inOrder,
    staleTime: PLANT_STALE,
  });
export const useProducts = () =>
  useQuery({
    queryKey: ["products"],
    queryFn: () => everyPage<Product>("/products"),
    select: byCode,
    staleTime: PLANT_STALE,
  });
export const useDefectClasses = () =>
  useQuery({
    queryKey: ["defect-classes"],
    queryFn: () => everyPage<DefectClass>("/defect-classes"),
    select: inOrder,
    staleTime: PLANT_STALE,
  });
