import { useState } from "react";
import type { Model, Recipe, Rule } from "../../api/types";

export interface Draft { model: string | null; thresholds: Record<string, number>; rules: Rule[] }

const BLANK: Draft = { model: null, thresholds: { default: 0.25 }, rules: [] };
const draftOf = (recipe: Recipe | undefined): Draft => (recipe ? { model: String(recipe.model), thresholds: recipe.thresholds, rules: recipe.rules } : BLANK);

/** A threshold of whole images that was tried on a model's page, to be filled in. */
export interface Filled { model: number; image: number }

export function filledBy(search: URLSearchParams): Filled | null {
  const model = Number(search.get("model")), image = Number(search.get("image") ?? NaN);
  return Number.isInteger(model) && model > 0 && image >= 0 && image <= 1 ? { model, image } : null;
}

/** The same threshold for the image and for what is found on it, so that neither calls below it. */
export function withFilled(draft: Draft, filled: Filled | null): Draft {
  return filled ? { ...draft, model: String(filled.model), thresholds: { ...draft.thresholds, anomaly: filled.image, image: filled.image } } : draft;
}

/** The next revision while it is written: what is typed stays, also when someone else saves one meanwhile. */
export function useDraft(last: Recipe | undefined, filled: Filled | null) {
  const [base, setBase] = useState(last);
  const [draft, setDraft] = useState(() => withFilled(draftOf(last), filled));
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
