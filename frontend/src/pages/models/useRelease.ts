import { useMutation, useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { api, ApiProblem, everyPage } from "../../api/client";
import type { Model, Recipe, Rule } from "../../api/types";
import { refreshReleases } from "./useReleases";

const ON_ITS_WAY = ["already_warming", "already_in_force"];

/** What a release of this model takes over from the recipe in force, and what it cannot. */
export function draftOf(model: Model, current: Recipe | undefined, threshold: number | string | undefined) {
  const known = (name: string) => name === "image" || model.classes.includes(name);
  const standing = Object.entries(current?.thresholds ?? {}).filter(([name]) => name !== "default");
  const thresholds: Record<string, number> = Object.fromEntries(standing.filter(([name]) => known(name)));
  const general = threshold ?? current?.thresholds.default;
  if (general !== undefined && general !== "") thresholds.default = Number(general);
  const fits = (rule: Rule) => !rule.class || model.classes.includes(rule.class);
  const dropped = [
    ...(current?.words.filter((_, index) => !fits(current.rules[index]!)) ?? []),
    ...standing.filter(([name]) => !known(name)).map(([name, value]) => `${name} ≥ ${value}`),
  ];
  return { thresholds, rules: current?.rules.filter(fits) ?? [], dropped };
}

/** Save the next revision and release it; a second try releases the revision of the first. */
export function useRelease(model: Model, station: string | null, product: string | null, threshold: number | string | undefined, reason: string) {
  const recipes = useQuery({
    queryKey: ["recipes", station, product], enabled: Boolean(station && product),
    queryFn: () => everyPage<Recipe>("/recipes", { station, product }),
  });
  const current = recipes.data?.find((each) => each.state === "released");
  const { dropped, ...taken } = draftOf(model, current, threshold);
  const saved = useRef<{ ask: string; id: number } | null>(null);
  const act = useMutation({
    mutationFn: async () => {
      const ask = { station: Number(station), product: Number(product), model: model.id, ...taken };
      if (saved.current?.ask !== JSON.stringify(ask)) {
        const recipe = await api.post<Recipe>("/recipes", { ...ask, note: reason });
        saved.current = { ask: JSON.stringify(ask), id: recipe.id };
      }
      return released(saved.current.id, reason);
    },
    onSettled: refreshReleases,
  });
  return { recipes, current, draft: { ...taken, dropped }, act };
}

async function released(recipe: number, reason: string): Promise<Recipe> {
  try {
    return await api.post<Recipe>(`/recipes/${recipe}/release`, { reason });
  } catch (error) {
    if (error instanceof ApiProblem && ON_ITS_WAY.includes(error.code)) return api.get<Recipe>(`/recipes/${recipe}`);
    throw error;
  }
}
