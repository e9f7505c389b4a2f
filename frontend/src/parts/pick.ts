/** A press that did not move, as a spot of the image in shares of it. */

import { type PointerEvent, useRef } from "react";
import type { Size, Spot, View } from "./view";

const STILL = 4; // pixels that a press may wander

export function usePick(view: View | null, size: Size | null, onPick?: (spot: Spot) => void) {
  const from = useRef<Spot | null>(null);
  if (!onPick) return {};
  return {
    onPointerDown: (event: PointerEvent) => {
      from.current = event.isPrimary && event.button === 0 ? { x: event.clientX, y: event.clientY } : null;
    },
    onPointerUp: (event: PointerEvent) => {
      const began = from.current;
      from.current = null;
      if (!began || !view || !size || Math.hypot(event.clientX - began.x, event.clientY - began.y) > STILL) return;
      const box = event.currentTarget.getBoundingClientRect();
      const spot = spotOf({ x: event.clientX - box.left, y: event.clientY - box.top }, view, size);
      if (spot) onPick(spot);
    },
  };
}

/** From pixels of the stage; null beside the image. */
export function spotOf(at: Spot, view: View, size: Size): Spot | null {
  const x = (at.x - view.x) / view.scale / size.width;
  const y = (at.y - view.y) / view.scale / size.height;
  return x >= 0 && x <= 1 && y >= 0 && y <= 1 ? { x, y } : null;
}
