/** Where an image lies on its stage. */

export interface View { x: number; y: number; scale: number }
export interface Size { width: number; height: number }
export interface Spot { x: number; y: number }

export const SMALLEST = 0.005;
export const LARGEST = 40;

/** The whole image, centred, with a little air. */
export function fitted(image: Size, stage: Size, air = 8): View {
  const scale = Math.max(SMALLEST, Math.min((stage.width - 2 * air) / image.width, (stage.height - 2 * air) / image.height));
  return {
    scale,
    x: (stage.width - image.width * scale) / 2,
    y: (stage.height - image.height * scale) / 2,
  };
}

/** Zoomed by a factor, the point under the pointer staying where it is. */
export function zoomed(view: View, at: Spot, factor: number): View {
  const scale = Math.min(LARGEST, Math.max(SMALLEST, view.scale * factor));
  const by = scale / view.scale;
  return { scale, x: at.x - (at.x - view.x) * by, y: at.y - (at.y - view.y) * by };
}

/** The image never leaves the middle of its stage, so that it cannot get lost. */
export function held(view: View, image: Size, stage: Size): View {
  const keep = (at: number, length: number, room: number) => Math.min(room / 2, Math.max(room / 2 - length, at));
  return {
    ...view,
    x: keep(view.x, image.width * view.scale, stage.width),
    y: keep(view.y, image.height * view.scale, stage.height),
  };
}

/** Two fingers: what was under them stays under them. */
export function pinched(view: View, before: [Spot, Spot], now: [Spot, Spot]): View {
  const middle = ([a, b]: [Spot, Spot]) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  const apart = ([a, b]: [Spot, Spot]) => Math.max(1, Math.hypot(a.x - b.x, a.y - b.y));
  const from = middle(before);
  const to = middle(now);
  const next = zoomed(view, from, apart(now) / apart(before));
  return { ...next, x: next.x + to.x - from.x, y: next.y + to.y - from.y };
}
