/** Wheel, drag, pinch and double tap on an image. One finger scrolls the page until it is zoomed in. */

import { type RefObject, useEffect, useEffectEvent } from "react";
import { pinched, type Spot, type View, zoomed } from "./view";

interface Hand {
  view: View | null;
  /** Whether the image is larger than its stage, so that one finger pans. */
  pans: boolean;
  onView: (view: View) => void;
  onTwice: (at: Spot) => void;
}

const TWICE = 300; // ms between two taps
const STILL = 12; // pixels that a tap may wander
const LINE = 16; // pixels of a wheel that counts in lines

export function useGestures(ref: RefObject<HTMLElement | null>, hand: Hand): void {
  const latest = useEffectEvent(() => hand);
  useEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const spot = (of: { clientX: number; clientY: number }): Spot => {
      const box = element.getBoundingClientRect();
      return { x: of.clientX - box.left, y: of.clientY - box.top };
    };
    const stop = new AbortController();
    const on: Listen = (name, act) => element.addEventListener(name, act as EventListener, { passive: false, signal: stop.signal });
    wheel(on, spot, latest);
    mouse(on, latest, stop.signal);
    touch(on, spot, latest);
    return () => stop.abort();
  }, [ref]);
}

type Listen = <Name extends keyof HTMLElementEventMap>(name: Name, act: (event: HTMLElementEventMap[Name]) => void) => void;
type At = (of: { clientX: number; clientY: number }) => Spot;

function wheel(on: Listen, spot: At, hand: () => Hand): void {
  on("wheel", (event) => {
    const { view, onView } = hand();
    if (!view) return;
    event.preventDefault();
    const by = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE : 1);
    onView(zoomed(view, spot(event), Math.exp(-by * (event.ctrlKey ? 0.01 : 0.0015))));
  });
  on("dblclick", (event) => hand().onTwice(spot(event)));
}

function mouse(on: Listen, hand: () => Hand, signal: AbortSignal): void {
  let from: Spot | null = null;
  on("mousedown", (event) => {
    if (event.button === 0) from = { x: event.clientX, y: event.clientY };
  });
  const move = (event: MouseEvent) => {
    const { view, onView } = hand();
    if (!from || !view) return;
    onView({ ...view, x: view.x + event.clientX - from.x, y: view.y + event.clientY - from.y });
    from = { x: event.clientX, y: event.clientY };
  };
  window.addEventListener("mousemove", move, { signal });
  window.addEventListener("mouseup", () => (from = null), { signal });
}

function touch(on: Listen, spot: At, hand: () => Hand): void {
  let fingers: Spot[] = [];
  let tap: (Spot & { at: number; moved: boolean }) | null = null;
  const spots = (event: TouchEvent) => [...event.touches].map(spot);
  on("touchstart", (event) => {
    fingers = spots(event);
    if (fingers.length > 1) event.preventDefault();
    const here = fingers[0]!;
    const again = tap && !tap.moved && fingers.length === 1 && event.timeStamp - tap.at < TWICE && far(tap, here) < 2 * STILL;
    tap = { ...here, at: event.timeStamp, moved: fingers.length > 1 };
    if (!again) return;
    event.preventDefault();
    tap.moved = true;
    hand().onTwice(here);
  });
  on("touchmove", (event) => {
    const { view, pans, onView } = hand();
    const now = spots(event);
    if (tap && far(tap, now[0]!) > STILL) tap.moved = true;
    if (!view || now.length !== fingers.length) return;
    if (now.length > 1) onView(pinched(view, [fingers[0]!, fingers[1]!], [now[0]!, now[1]!]));
    else if (pans) onView({ ...view, x: view.x + now[0]!.x - fingers[0]!.x, y: view.y + now[0]!.y - fingers[0]!.y });
    if ((now.length > 1 || pans) && event.cancelable) event.preventDefault();
    fingers = now;
  });
  on("touchend", (event) => (fingers = spots(event)));
}

const far = (a: Spot, b: Spot) => Math.hypot(a.x - b.x, a.y - b.y);
