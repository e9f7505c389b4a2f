import { useQuery } from "@tanstack/react-query";
import { everyPage } from "../../api/client";
import type { AllowedPickle, BaseWeights } from "../../api/types";

const WATCHED = 3000; // ms between two looks while a worker reads

const query = (archived: boolean) => ({
  queryKey: ["base-weights", { archived }],
  queryFn: () => everyPage<BaseWeights>("/base-weights", archived ? { archived: 1 } : {}),
});

/** What the store of base weights holds; looked at again while a worker is still to read some. */
export function useWeights() {
  return useQuery({
    ...query(false),
    refetchInterval: ({ state }) => (state.data?.some((each) => each.state === "unread" && each.vouched) ? WATCHED : false),
  });
}
useWeights.query = query;

export const useAllowList = () =>
  useQuery({ queryKey: ["base-weights", "allow-list"], queryFn: () => everyPage<AllowedPickle>("/base-weights/allow-list") });
