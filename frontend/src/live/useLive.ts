import { useEffect, useEffectEvent, useSyncExternalStore } from "react";
import { queryClient } from "../api/queries";
import { type Handler, type LiveState, LiveSocket } from "./socket";

function open(): WebSocket {
  const scheme = window.location.protocol === "https:" ? "wss" : "ws";
  return new WebSocket(`${scheme}://${window.location.host}/ws/live`);
}

export const live = new LiveSocket(open, () => void queryClient.invalidateQueries());

/** Hear the events of a topic ("line.3", "job.12", "import.4", "board"); null hears nothing. */
export function useLive(topic: string | null, handler: Handler): void {
  const latest = useEffectEvent(handler);
  useEffect(() => {
    if (topic) return live.subscribe(topic, (event) => latest(event));
    return undefined;
  }, [topic]);
}

/** Whether the live connection stands. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(live.watch, () => live.state);
}
