import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Point } from "../../api/types";
import { LEAST, moved, point, rectangle, withPoint, without } from "./zone";

export type Tool = "rectangle" | "polygon";
interface Props { src: string | undefined; zone: Point[]; tool: Tool; onChange: (zone: Point[]) => void }

const STEP = 0.01; // of the image, by one press of an arrow key; a tenth of it with Shift
const ARROWS: Record<string, Point> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The zone on a stored image: drawn with mouse or finger, its corners moved by dragging or by the arrow keys. */
export function ZoneStage({ src, zone, tool, onChange }: Props) {
  const { t } = useTranslation("products");
  const box = useRef<HTMLDivElement>(null);
  const [ratio, setRatio] = useState(4 / 3);
  const [held, setHeld] = useState<{ corner: Point } | { index: number } | null>(null);
  const at = (event: PointerEvent): Point => {
    const { left, top, width, height } = box.current!.getBoundingClientRect();
    return point((event.clientX - left) / width, (event.clientY - top) / height);
  };
  const down = (event: PointerEvent) => {
    if (event.button !== 0) return;
    box.current?.setPointerCapture(event.pointerId);
    const knob = (event.target as HTMLElement).dataset.index;
    if (knob !== undefined) setHeld({ index: Number(knob) });
    else if (tool === "rectangle") setHeld({ corner: at(event) });
    else onChange(withPoint(zone, at(event)));
  };
  const move = (event: PointerEvent) => {
    if (!held) return;
    onChange("index" in held ? moved(zone, held.index, at(event)) : rectangle(held.corner, at(event)));
  };
  const key = (event: KeyboardEvent, index: number) => {
    const [x, y] = zone[index]!;
    if ((event.key === "Delete" || event.key === "Backspace") && zone.length > LEAST) return onChange(without(zone, index));
    const by = ARROWS[event.key];
    if (!by) return;
    event.preventDefault();
    const step = event.shiftKey ? STEP / 10 : STEP;
    onChange(moved(zone, index, [x + by[0] * step, y + by[1] * step]));
  };
  return (
    <div ref={box} className="zone-stage" style={{ aspectRatio: ratio, width: `min(100%, ${52 * ratio}vh)` }} role="group" aria-label={t("zoneStage")} onPointerDown={down} onPointerMove={move} onPointerUp={() => setHeld(null)} onPointerCancel={() => setHeld(null)}>
      {src ? <img src={src} alt="" draggable={false} onLoad={(event) => setRatio(event.currentTarget.naturalWidth / event.currentTarget.naturalHeight || 1)} /> : <div className="blank" />}
      <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden><Outline zone={zone} /></svg>
      {zone.map(([x, y], index) => (
        <button key={index} type="button" className="zone-knob" data-index={index} style={{ left: `${x * 100}%`, top: `${y * 100}%` }} onKeyDown={(event) => key(event, index)}
          aria-label={t("zonePoint", { n: index + 1, x: Math.round(x * 100), y: Math.round(y * 100) })} />
      ))}
    </div>
  );
}

/** A zone as a dashed outline over whatever is below. */
export function Outline({ zone }: { zone: Point[] }) {
  const points = zone.map((each) => each.join(",")).join(" ");
  return (
    <>
      <polygon points={points} fill="rgb(0 114 178 / 18%)" stroke="#fff" strokeWidth="3" vectorEffect="non-scaling-stroke" />
      <polygon points={points} fill="none" stroke="#0072b2" strokeWidth="2" strokeDasharray="6 4" vectorEffect="non-scaling-stroke" />
    </>
  );
}
