/** What the points would give, asked of the server a moment after the last one moved. */

import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api } from "../../api/client";
import type { Registration } from "../../api/types";
import type { Size } from "../../parts/view";
import { type Points, whole } from "./usePoints";

export const FEWEST = 4;
const STILL = 200; // ms

export function useFit(points: Points, size?: Size) {
  const body = { points: whole(points).map((each) => each.quad), width: size?.width, height: size?.height };
  const [asked] = useDebouncedValue(body, STILL);
  const enough = body.points.length >= FEWEST;
  const fit = useQuery({
    queryKey: ["alignment-fit", asked],
    queryFn: ({ signal }) => api.post<Registration>("/alignments/fit", asked, signal),
    enabled: asked.points.length >= FEWEST && Boolean(asked.width),
    placeholderData: keepPreviousData,
    retry: false,
  });
  const ours = enough && !fit.error && fit.data?.residuals_px.length === body.points.length;
  return { body, fit: ours ? fit.data : undefined, error: enough ? fit.error : null };
}
