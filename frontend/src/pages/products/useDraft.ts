import { useState } from "react";
import type { Model, Recipe, Rule } from "../../api/types";

export interface Draft { model: string | null; thresholds: Record<string, number>; rules: Rule[] }

const BLANK: Draft = { model: null, thresholds: { default: 0.25 }, rules: [] };
const draftOf = (recipe: Recipe | undefined): Draft => (recipe ? { model: String(recipe.model), thresholds: recipe.thresholds, rules: recipe.rules } : BLANK);

/** The next revision while it is written: what is typed stays, also when someone else saves one meanwhile. */
export function useDraft(last: Recipe | undefined) {
  const [base, setBase] = useState(last);
  const [draft, setDraft] = useState(() => draftOf(last));
  const touched = JSON.stringify(draft) !== JSON.stringify(draftOf(base));
  const take = (recipe: Recipe | undefined) => {
    setBase(recipe);
    setDraft(draftOf(recipe));
  };
  const newer = last && last.id !== base?.id ? last : undefined;
  if (newer && !touched) take(newer);
  return { draft, base, touched, newer: touched ? newer : undefined, take, keep: () => setBase(last), change: (part: Partial<Draft>) => setDraft((old) => ({ ...old, ...part })) };
}

/** The draft as the API takes it: thresholds of classes that the model does not know are left out. */
export function askOf(draft: Draft, station: number, product: number, model: Model) {
  const known = (name: string) => name === "default" || name === "image" || model.classes.includes(name);
  return { station, product, model: model.id, thresholds: Object.fromEntries(Object.entries(draft.thresholds).filter(([name]) => known(name))), rules: draft.rules };
}
