/** The keyboard of the page on screen, and what "?" shows of it. */

import { useEffect, useEffectEvent, useSyncExternalStore } from "react";

export interface Key {
  /** As KeyboardEvent.key has it: "f", "ArrowRight", "?". */
  key: string;
  label: string;
  run: () => void;
}

let groups: { title: string; keys: Key[] }[] = [];
const watchers = new Set<() => void>();

function change(next: typeof groups): void {
  groups = next;
  for (const watcher of watchers) watcher();
}

/** A key meant for a field, or held with a modifier, is not ours. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null;
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  if (!target?.closest) return false;
  return Boolean(
    target.closest("input, textarea, select, [contenteditable='true'], [role='dialog'], [role='listbox']"),
  );
}

/** Bind keys while this component is on screen; `title` heads them in the help. */
export function useKeys(title: string, keys: Key[], active = true): void {
  const run = useEffectEvent((event: KeyboardEvent) => {
    if (isTyping(event)) return;
    const bound = keys.find((each) => each.key.toLowerCase() === event.key.toLowerCase());
    if (!bound) return;
    event.preventDefault();
    bound.run();
  });
  const listed = useEffectEvent(() => ({ title, keys }));
  const identity = keys.map((each) => each.key + each.label).join("|");
  useEffect(() => {
    if (!active) return undefined;
    const group = listed();
    const handler = (event: KeyboardEvent) => run(event);
    change([...groups, group]);
    window.addEventListener("keydown", handler);
    return () => {
      change(groups.filter((each) => each !== group));
      window.removeEventListener("keydown", handler);
    };
  }, [active, identity, title]);
}

export function useBoundKeys(): typeof groups {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => groups,
  );
}
