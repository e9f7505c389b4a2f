/** The server's time, told once a second to all who show an age. */

import { useSyncExternalStore } from "react";
import { serverNow } from "../api/clock";

let now = serverNow();
let timer: ReturnType<typeof setInterval> | undefined;
const watchers = new Set<() => void>();

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  timer ??= setInterval(() => {
    now = serverNow();
    for (const each of watchers) each();
  }, 1000);
  return () => {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function current(): number {
  if (timer === undefined) now = serverNow();
  return now;
}

/** Milliseconds since 1970 by the server's clock, a second old at most. */
export const useNow = (): number => useSyncExternalStore(watch, current);
