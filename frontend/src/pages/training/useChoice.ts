import { useEffect, useEffectEvent, useState } from "react";
import { useSearchParams } from "react-router-dom";
import type { Engine, Json } from "../../api/types";
import { defaultsOf } from "../../parts/SchemaForm";

type Params = Record<string, Json>;

const KEYS = ["version", "engine", "parent", "base", "device", "preset", "vary", "set"];
type Chosen = Record<string, string | null>;

/** What is chosen for a training, kept in the address too: settings only where they differ from the method's own.
 *
 * The address follows and is not asked: it is behind while one types into one field after another. */
export function useChoice(engines: Engine[]) {
  const [search, setSearch] = useSearchParams();
  const [chosen, setChosen] = useState<Chosen>(() => Object.fromEntries(KEYS.map((name) => [name, search.get(name)])));
  const follow = useEffectEvent(() => {
    const next = new URLSearchParams(search);
    for (const [name, value] of Object.entries(chosen)) value === null ? next.delete(name) : next.set(name, value);
    if (String(next) !== String(search)) setSearch(next, { replace: true });
  });
  useEffect(() => follow(), [chosen]);
  const change = (part: Chosen) => setChosen((old) => ({ ...old, ...part }));
  const card = engines.find((each) => each.name === chosen.engine);
  const defaults = card ? defaultsOf(card.params) : {};
  const { version, engine, parent, base, device, preset } = chosen as Record<"version" | "engine" | "parent" | "base" | "device" | "preset", string | null>;
  return {
    version,
    engine,
    card,
    parent,
    base,
    device,
    preset: card && preset && card.presets.includes(preset) ? preset : (card?.presets[0] ?? null),
    /** Values of the augmentation, where they differ from the preset's. */
    edited: settingsOf(chosen.vary),
    params: { ...defaults, ...settingsOf(chosen.set) },
    change,
    /** What to start from belongs to the method, and so do the settings. */
    chooseEngine: (name: string) => name !== engine && change({ engine: name, parent: null, base: null, device: null, preset: null, vary: null, set: null }),
    setParam: (name: string, value: Json) =>
      setChosen((old) => ({ ...old, set: settingsText({ ...defaults, ...settingsOf(old.set), [name]: value }, defaults) })),
  };
}

export function settingsOf(text: string | null | undefined): Params {
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
