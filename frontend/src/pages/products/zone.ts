/** Zones while they are drawn; points are shares of the image, rounded to a thousandth. */

import type { Point } from "../../api/types";

export const LEAST = 3;
export const MOST = 200;

const round = (value: number) => Math.round(Math.min(1, Math.max(0, value)) * 1000) / 1000;
export const point = (x: number, y: number): Point => [round(x), round(y)];

/** The rectangle between two corners, from its upper left one around. */
export function rectangle([x0, y0]: Point, [x1, y1]: Point): Point[] {
  const [left, right] = [Math.min(x0, x1), Math.max(x0, x1)];
  const [top, bottom] = [Math.min(y0, y1), Math.max(y0, y1)];
  return [point(left, top), point(right, top), point(right, bottom), point(left, bottom)];
}

export const moved = (zone: Point[], index: number, to: Point): Point[] => zone.map((each, at) => (at === index ? point(...to) : each));
export const without = (zone: Point[], index: number): Point[] => zone.filter((_, at) => at !== index);

/** A further point where the zone's outline passes nearest, so that it never crosses itself for no reason. */
export function withPoint(zone: Point[], [x, y]: Point): Point[] {
  if (zone.length < LEAST) return [...zone, point(x, y)];
  const distances = zone.map(([x0, y0], index) => {
    const [x1, y1] = zone[(index + 1) % zone.length]!;
    const length = (x1 - x0) ** 2 + (y1 - y0) ** 2;
    const along = length ? Math.min(1, Math.max(0, ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length)) : 0;
    return (x - x0 - along * (x1 - x0)) ** 2 + (y - y0 - along * (y1 - y0)) ** 2;
  });
  const at = distances.indexOf(Math.min(...distances)) + 1;
  return [...zone.slice(0, at), point(x, y), ...zone.slice(at)];
}
