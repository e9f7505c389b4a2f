import { useSearchParams } from "react-router-dom";
import type { Engine, Json } from "../../api/types";
import { defaultsOf } from "../../parts/SchemaForm";

type Params = Record<string, Json>;

/** What is chosen for a training lives in the address: settings only where they differ from the method's own. */
export function useChoice(engines: Engine[]) {
  const [search, setSearch] = useSearchParams();
  const change = (part: Record<string, string | null>) =>
    setSearch((old) => {
      const next = new URLSearchParams(old);
      for (const [name, value] of Object.entries(part)) value === null ? next.delete(name) : next.set(name, value);
      return next;
    }, { replace: true });
  const card = engines.find((each) => each.name === search.get("engine"));
  const defaults = card ? defaultsOf(card.params) : {};
  const preset = search.get("preset");
  return {
    version: search.get("version"),
    engine: search.get("engine"),
    card,
    parent: search.get("parent"),
    preset: card && preset && card.presets.includes(preset) ? preset : (card?.presets[0] ?? null),
    params: { ...defaults, ...settingsOf(search.get("set")) },
    change,
    /** A model to go on from belongs to its method, and so do the settings. */
    chooseEngine: (name: string) => name !== search.get("engine") && change({ engine: name, parent: null, preset: null, set: null }),
    setParams: (params: Params) => change({ set: settingsText(params, defaults) }),
  };
}

export function settingsOf(text: string | null): Params {
  try {
    const found: unknown = JSON.parse(text ?? "{}");
    return typeof found === "object" && found !== null && !Array.isArray(found) ? (found as Params) : {};
  } catch {
    return {}; // an address that was cut off or edited by hand
  }
}

export function settingsText(params: Params, defaults: Params): string | null {
  const own = Object.entries(params).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(defaults[name]));
  return own.length ? JSON.stringify(Object.fromEntries(own)) : null;
}
