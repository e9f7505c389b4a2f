/** Marking on an image: a press that did not move, or Enter for the middle of what is seen. */

import { type PointerEvent, useRef, useState } from "react";
import type { Size, Spot, View } from "./view";

const STILL = 4; // pixels that a press may wander

/** `here`: whether keys are for this image; where several are marked in, for the one in hand alone. */
export function usePick(view: View | null, size: Size | null, stage: Size, onPick?: (spot: Spot) => void) {
  const from = useRef<Spot | null>(null);
  const [here, setHere] = useState(false);
  if (!onPick) return { here: true, handlers: {} };
  const pick = (at: Spot) => {
    const spot = view && size && spotOf(at, view, size);
    if (spot) onPick(spot);
  };
  const handlers = {
    tabIndex: 0,
    onFocus: () => setHere(true),
    onBlur: () => setHere(false),
    onPointerEnter: (event: PointerEvent<HTMLElement>) => event.currentTarget.focus({ preventScroll: true }),
    // A second finger is no primary pointer: what it begins is a pinch.
    onPointerDown: (event: PointerEvent) => {
      from.current = event.isPrimary && event.button === 0 ? { x: event.clientX, y: event.clientY } : null;
    },
    onPointerUp: (event: PointerEvent) => {
      const began = from.current;
      from.current = null;
      if (!began || Math.hypot(event.clientX - began.x, event.clientY - began.y) > STILL) return;
      const box = event.currentTarget.getBoundingClientRect();
      pick({ x: event.clientX - box.left, y: event.clientY - box.top });
    },
  };
  return { here, handlers, middle: () => pick({ x: stage.width / 2, y: stage.height / 2 }) };
}

/** From pixels of the stage; null beside the image. */
export function spotOf(at: Spot, view: View, size: Size): Spot | null {
  const x = (at.x - view.x) / view.scale / size.width;
  const y = (at.y - view.y) / view.scale / size.height;
  return x >= 0 && x <= 1 && y >= 0 && y <= 1 ? { x, y } : null;
}
