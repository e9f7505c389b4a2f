import type { Inspection } from "../../api/types";
import { number } from "../../parts/format";

interface Props {
  inspection: Inspection;
  highlighted: string | null;
  onHover: (key: string | null) => void;
}

/** The findings as a list; pointing at one lights its box. */
export function FindingList({ inspection, highlighted, onHover }: Props) {
  return (
    <ul style={{ listStyle: "none", padding: 0, margin: "8px 0 0" }}>
      {inspection.findings.map((finding, index) => (
        <li key={index} onMouseEnter={() => onHover(String(index))} onMouseLeave={() => onHover(null)}
          style={{ display: "flex", gap: 8, alignItems: "center", padding: "4px 6px", borderRadius: 4, opacity: finding.decisive ? 1 : 0.65,
            background: highlighted === String(index) ? "var(--sunken)" : undefined }}>
          <span style={{ width: 10, height: 10, borderRadius: 2, background: finding.colour }} />
          <span>{finding.class}</span>
          <span className="dim" style={{ marginLeft: "auto" }}>{finding.score.toFixed(2)}</span>
          {finding.size_mm !== null && <span className="dim">{number(finding.size_mm, 2)} mm</span>}
        </li>
      ))}
    </ul>
  );
}
