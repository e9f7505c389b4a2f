import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/client";
import type { Engine } from "../../api/types";

/** Whether classes can be added to models of this engine without training. */
export function useExtends(engine: string | undefined): boolean {
  const engines = useQuery({ queryKey: ["engines"], queryFn: () => api.get<Engine[]>("/engines"), staleTime: 60 * 60_000, enabled: engine !== undefined });
  return engines.data?.some((each) => each.name === engine && each.extends) ?? false;
}
