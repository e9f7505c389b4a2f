import { useState } from "react";
import type { Result } from "./ResultDialog";

/** A small image with the boxes of what was found on it. */
export function Thumb({ url, findings, colour }: { url: string; findings: Result["findings"]; colour: (name: string) => string }) {
  const [size, setSize] = useState<{ width: number; height: number } | null>(null);
  return (
    <span className="thumb result-thumb">
      <img src={url} alt="" loading="lazy" decoding="async" onLoad={(e) => setSize({ width: e.currentTarget.naturalWidth, height: e.currentTarget.naturalHeight })} />
      {size && (
        <svg viewBox={`0 0 ${size.width} ${size.height}`} aria-hidden>
          {findings.map(({ box, class: name }, index) => box && (
            <rect key={index} x={box[0] * size.width} y={box[1] * size.height} width={(box[2] - box[0]) * size.width} height={(box[3] - box[1]) * size.height}
              fill="none" stroke={colour(name)} strokeWidth={2} vectorEffect="non-scaling-stroke" />
          ))}
        </svg>
      )}
    </span>
  );
}
