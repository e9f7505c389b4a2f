import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { address, sameOrigin, send } from "../../api/client";
import type { Dataset, Page, Sample } from "../../api/types";

export interface SampleFilters { class: string | null; split: string | null; annotated: string | null; synthetic: string | null }

const PAGE = 200;

/**
 * A dataset's samples, page after page. What was loaded stays as it is, also when the connection
 * comes back; images that came in since are shown when `refresh` is called.
 */
export function useSamples(dataset: Dataset, filters: SampleFilters) {
  const [known, setKnown] = useState(dataset.summary.samples);
  const asked = { ...filters, limit: PAGE };
  const list = useInfiniteQuery({
    queryKey: ["samples", dataset.id, known, asked],
    queryFn: ({ pageParam, signal }) => send<Page<Sample>>("GET", pageParam ?? address(`/datasets/${dataset.id}/samples`, asked), undefined, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next && sameOrigin(last.next),
    staleTime: "static",
  });
  const samples = useMemo(() => list.data?.pages.flatMap((page) => page.results) ?? [], [list.data]);
  const more = () => {
    if (list.hasNextPage && !list.isFetchingNextPage && !list.isError) void list.fetchNextPage();
  };
  return { list, samples, more, changed: dataset.summary.samples !== known, refresh: () => setKnown(dataset.summary.samples) };
}

/** How many there are in all, where that is known without counting. */
export function totalOf(dataset: Dataset, filters: SampleFilters, loaded: number, whole: boolean): number | null {
  if (whole) return loaded;
  if (filters.class || filters.split || filters.synthetic) return null;
  const { samples, annotated } = dataset.summary;
  if (filters.annotated === null) return samples;
  return filters.annotated === "true" ? annotated : samples - annotated;
}
