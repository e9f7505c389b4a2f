import type { Inspection } from "../api/types";
import type { Shape } from "./Outlines";

/** An inspection's findings on one of its images, dim where they did not decide. */
export function findingShapes(inspection: Inspection, image: number): Shape[] {
  return inspection.findings
    .map((finding, index) => ({ finding, index }))
    .filter(({ finding }) => finding.image === image)
    .map(({ finding, index }) => ({
      key: String(index),
      label: `${finding.class} ${finding.score.toFixed(2)}`,
      box: finding.box,
      polygon: finding.polygon,
      colour: finding.colour ?? "#D55E00",
      dim: !finding.decisive,
    }));
}
