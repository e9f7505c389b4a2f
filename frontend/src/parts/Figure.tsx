import { Tooltip } from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import "./figure.css";

interface Props {
  label: string;
  value: ReactNode;
  /** The small line below: interval, out of how many. */
  below?: ReactNode;
  /** What the figure is, its denominator, when not to trust it. */
  about?: string;
  sign?: string;
}

/** One figure of a strip, with what it is out of. */
export function Figure({ label, value, below, about, sign }: Props) {
  return (
    <div className="figure">
      <div className="figure-label">
        {label}
        {about && (
          <Tooltip label={about} w={280}>
            <span tabIndex={0} role="note" aria-label={about} className="figure-about"><IconInfoCircle size={14} /></span>
          </Tooltip>
        )}
      </div>
      <div className="figure-value" style={sign ? { color: `var(--${sign}-ink)` } : undefined}>{value}</div>
      {below && <div className="figure-below">{below}</div>}
    </div>
  );
}
