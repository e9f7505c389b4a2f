import { useTranslation } from "react-i18next";
import type { BoardState, Verdict as Name } from "../api/types";
import "./verdict.css";

type Sign = "ok" | "ng" | "review" | "error" | "act" | "idle";

/** A shape for each state, so that colour is never alone: ● ■ ▲ ✕ ◆ ‖. */
export function Shape({ sign, size = 14 }: { sign: Sign; size?: number | string }) {
  const fill = `var(--${sign})`;
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden style={{ flex: "none" }}>
      {sign === "ok" && <circle cx="8" cy="8" r="7" fill={fill} />}
      {sign === "ng" && <rect x="1.5" y="1.5" width="13" height="13" fill={fill} />}
      {sign === "review" && <path d="M8 1l7 13.5H1z" fill={fill} />}
      {sign === "act" && <path d="M8 0l8 8-8 8-8-8z" fill={fill} />}
      {sign === "idle" && <path d="M3 1.5h3.5v13H3zM9.5 1.5H13v13H9.5z" fill={fill} />}
      {sign === "error" && <path d="M2.5 2.5l11 11m0-11l-11 11" fill="none" stroke={fill} strokeWidth="3" />}
    </svg>
  );
}

const OF_VERDICT: Record<Name, Sign> = { OK: "ok", NG: "ng", REVIEW: "review", ERROR: "error" };
export const OF_STATE: Record<BoardState, Sign> = {
  ok: "ok", warn: "review", stop: "ng", act: "act", idle: "idle", no_data: "error",
};

/** OK, NG, REVIEW or ERROR: colour, shape and word. */
export function Verdict({ verdict, large = false }: { verdict: Name; large?: boolean }) {
  const { t } = useTranslation("frame");
  const sign = OF_VERDICT[verdict];
  return (
    <span className="verdict" data-sign={sign} data-large={large} data-verdict={verdict}>
      <Shape sign={sign} size={large ? "1em" : 12} />
      {t(`verdict.${verdict}`)}
    </span>
  );
}

/** A line's state in the same three ways. */
export function LineState({ state, large = false }: { state: BoardState; large?: boolean }) {
  const { t } = useTranslation("frame");
  return (
    <span className="verdict" data-sign={OF_STATE[state]} data-large={large}>
      <Shape sign={OF_STATE[state]} size={large ? "1em" : 12} />
      {t(`state.${state}`)}
    </span>
  );
}

/** A job's or import's state. */
export function WorkMark({ state }: { state: string }) {
  const { t } = useTranslation("frame");
  const sign: Record<string, Sign> = {
    succeeded: "ok", failed: "ng", running: "act", queued: "idle", cancelled: "error",
  };
  const of = sign[state] ?? "idle";
  return (
    <span className="verdict" data-sign={of}>
      <Shape sign={of} size={12} />
      {t(`work.${state}`)}
    </span>
  );
}
