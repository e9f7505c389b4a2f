import { useQuery } from "@tanstack/react-query";
import { api, everyPage } from "../../api/client";
import type { DatasetVersion, InspectionRow, Page, Sample } from "../../api/types";

export interface Stored { key: string; url: string; thumbnail: string; label: string }

const SHOWN = 12;

/** Images to draw a zone on: the newest inspected here; where there are none, samples the model learnt from. */
export function useStoredImages(station: number, product: number, version: number | null) {
  const seen = useQuery({ queryKey: ["stored", station, product], queryFn: () => ofInspections(station, product), staleTime: 60_000 });
  const learnt = useQuery({
    queryKey: ["stored", "version", version], queryFn: () => ofDataset(version!), staleTime: 60_000,
    enabled: version !== null && seen.data?.length === 0,
  });
  return { images: seen.data?.length ? seen.data : (learnt.data ?? []), error: seen.error ?? learnt.error, loading: seen.isPending || learnt.isFetching };
}

async function ofInspections(station: number, product: number): Promise<Stored[]> {
  const page = await api.get<Page<InspectionRow>>("/inspections", { station, product, limit: SHOWN });
  return page.results.filter((each) => each.thumbnail_url).map((each) => ({
    key: each.id, url: each.thumbnail_url!.replace("?thumb=1", ""), thumbnail: each.thumbnail_url!, label: each.serial || each.id.slice(0, 8),
  }));
}

async function ofDataset(version: number): Promise<Stored[]> {
  const dataset = (await everyPage<DatasetVersion>("/versions")).find((each) => each.id === version)?.dataset;
  if (dataset === undefined) return [];
  const page = await api.get<Page<Sample>>(`/datasets/${dataset}/samples`, { limit: SHOWN });
  return page.results.flatMap((each) => {
    const image = each.images.rgb ?? Object.values(each.images)[0];
    return image ? [{ key: String(each.id), url: image.url, thumbnail: image.thumbnail_url ?? image.url, label: each.path }] : [];
  });
}

