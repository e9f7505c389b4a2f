import type { Inspection } from "../api/types";
import { findingShapes } from "./Drawn";
import "./still.css";

/** An image with its findings that neither zooms nor pans: to look at in passing, or to press. */
export function Still({ inspection, alt }: { inspection: Inspection; alt: string }) {
  const decisive = inspection.findings.find((finding) => finding.decisive)?.image;
  const image = inspection.images.find((each) => each.position === decisive) ?? inspection.images[0];
  if (!image) return <div className="still" />;
  const shapes = findingShapes(inspection, image.position).filter((shape) => shape.box && !shape.dim);
  return (
    <div className="still">
      <div className="still-image" style={{ aspectRatio: `${image.width} / ${image.height}`, "--shape": image.width / image.height } as React.CSSProperties}>
        <img src={image.url} alt={alt} />
        {shapes.map(({ key, box, colour, label }) => (
          <span key={key} className="still-box" style={{ left: share(box![0]), top: share(box![1]), width: share(box![2] - box![0]), height: share(box![3] - box![1]), borderColor: colour }}>
            <span className="still-label" style={{ background: colour }}>{label}</span>
          </span>
        ))}
      </div>
    </div>
  );
}

const share = (of: number) => `${(of * 100).toFixed(3)}%`;
