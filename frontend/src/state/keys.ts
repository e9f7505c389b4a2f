/** The keyboard of the page on screen, and what "?" shows of it. */

import { type RefObject, useEffect, useEffectEvent, useSyncExternalStore } from "react";

export interface Key {
  /** As KeyboardEvent.key has it: "f", "ArrowRight", "?". */
  key: string;
  label: string;
  run: () => void;
  /** Held down, it runs again and again; else once a press. */
  repeats?: boolean;
}

let groups: { title: string; keys: Key[] }[] = [];
const watchers = new Set<() => void>();

function change(next: typeof groups): void {
  groups = next;
  for (const watcher of watchers) watcher();
}

const FIELD = "textarea, select, [contenteditable='true'], [role='listbox'], [role='menu']";
const TYPED = "input:not([type='radio'], [type='checkbox'])";
const LAYER = "[role='dialog']";

/** A key meant for a field, or held with a modifier, is not ours. */
function isTyping(event: KeyboardEvent, target: Element): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  if (target.closest(`${FIELD}, ${TYPED}`)) return true;
  const moves = event.key === " " || event.key === "Enter" || event.key.startsWith("Arrow");
  const own = event.key.startsWith("Arrow") ? "input, [role='tab'], [role='slider']" : "input, button, a, [role='tab']";
  return moves && target.closest(own) !== null;
}

/** Whether a key belongs to the layer (a dialog, else the page) that holds `within`. */
export function isFor(event: KeyboardEvent, within?: Element | null): boolean {
  const target = event.target instanceof Element ? event.target : document.body;
  if (isTyping(event, target)) return false;
  const open = document.querySelectorAll("[role='dialog'][aria-modal='true']");
  const layer = target.closest(LAYER) ?? [...open].at(-1) ?? null;
  return layer === (within?.closest(LAYER) ?? null);
}

interface Options {
  active?: boolean;
  /** An element in the dialog whose keys these are; without it they are the page's. */
  within?: RefObject<Element | null>;
}

/** Bind keys while this component is on screen; `title` heads them in the help. */
export function useKeys(title: string, keys: Key[], { active = true, within }: Options = {}): void {
  const run = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || !isFor(event, within?.current)) return;
    const bound = keys.find((each) => each.key.toLowerCase() === event.key.toLowerCase());
    if (!bound) return;
    event.preventDefault();
    if (!event.repeat || bound.repeats) bound.run();
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
