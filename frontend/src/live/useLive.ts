import { useEffect, useEffectEvent, useSyncExternalStore } from "react";
import { queryClient } from "../api/queries";
import { paced } from "./pace";
import { type Handler, type LiveState, LiveSocket } from "./socket";

const GAP = 1000; // ms between two answers to the events of a topic

function open(): WebSocket {
  const scheme = window.location.protocol === "https:" ? "wss" : "ws";
  return new WebSocket(`${scheme}://${window.location.host}/ws/live`);
}

export const live = new LiveSocket(open, () => void queryClient.invalidateQueries());
window.addEventListener("offline", () => live.lose());
window.addEventListener("online", () => live.retry());

/** Hear every frame of a topic ("line.3", "job.12", "import.4", "board"); null hears nothing. */
export function useFrames(topic: string | null, handler: Handler): void {
  const latest = useEffectEvent(handler);
  useEffect(() => {
    if (topic) return live.subscribe(topic, (event) => latest(event));
    return undefined;
  }, [topic]);
}

interface Options {
  /** Milliseconds between two calls. */
  gap?: number;
  /** Only events of this type. */
  only?: string;
}

/** Do something soon after a topic's events, however many there are: at most once each `gap`, and
 * not while the promise of the last call is open. */
export function useLive(topic: string | null, act: () => unknown, { gap = GAP, only }: Options = {}): void {
  const latest = useEffectEvent(act);
  useEffect(() => {
    if (!topic) return undefined;
    const pace = paced(() => latest(), gap);
    const leave = live.subscribe(topic, (event) => {
      if (!only || event.type === only) pace.soon();
    });
    return () => {
      leave();
      pace.stop();
    };
  }, [topic, gap, only]);
}

/** Whether the live connection stands. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(live.watch, () => live.state);
}
