/** Where an image lies on its stage. */

export interface View { x: number; y: number; scale: number }
export interface Size { width: number; height: number }

export const SMALLEST = 0.02;
export const LARGEST = 40;

/** The whole image, centred, with a little air. */
export function fitted(image: Size, stage: Size, air = 8): View {
  const scale = Math.min((stage.width - 2 * air) / image.width, (stage.height - 2 * air) / image.height);
  return {
    scale,
    x: (stage.width - image.width * scale) / 2,
    y: (stage.height - image.height * scale) / 2,
  };
}

/** Zoomed by a factor, the point under the pointer staying where it is. */
export function zoomed(view: View, at: { x: number; y: number }, factor: number): View {
  const scale = Math.min(LARGEST, Math.max(SMALLEST, view.scale * factor));
  const by = scale / view.scale;
  return { scale, x: at.x - (at.x - view.x) * by, y: at.y - (at.y - view.y) * by };
}
