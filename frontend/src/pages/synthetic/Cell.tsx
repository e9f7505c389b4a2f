import { IconCheck, IconCopy, IconGhost, IconX } from "@tabler/icons-react";
import { memo, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { number } from "../../parts/format";
import { relative } from "./looking";
import type { Drawn } from "./types";

interface Props { drawn: Drawn; far: number | null; inHand: boolean; onChoose: (id: number) => void }

const SIGNS = { approved: IconCheck, rejected: IconX, proposed: null };

/** What was drawn, beside the real example nearest to it; its state as colour, sign and word. */
export const Cell = memo(function Cell({ drawn, far, inHand, onChoose }: Props) {
  const { t } = useTranslation("synthetic");
  const ref = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (inHand) ref.current?.scrollIntoView({ block: "nearest" });
  }, [inHand]);
  const Sign = SIGNS[drawn.state];
  const distance = relative(drawn.distance, far);
  const Doubt = drawn.doubt === "too_near" ? IconCopy : IconGhost;
  return (
    <button ref={ref} type="button" className="drawn" data-state={drawn.state} data-in-hand={inHand} aria-pressed={inHand} onClick={() => onChoose(drawn.id)}
      aria-label={t("cell", { n: drawn.position + 1, state: t(`state.${drawn.state}`) })}>
      <span className="drawn-pair">
        <span className="thumb"><img src={drawn.closeup_url} alt="" loading="lazy" decoding="async" /></span>
        <span className="thumb drawn-real">{drawn.neighbour_url && <img src={drawn.neighbour_url} alt="" loading="lazy" decoding="async" />}</span>
      </span>
      <span className="drawn-words">
        <span className="drawn-state">{Sign && <Sign size={13} stroke={2.5} aria-hidden />}{drawn.sample !== null ? t("state.added") : t(`state.${drawn.state}`)}</span>
        {drawn.doubt && <span className="drawn-doubt"><Doubt size={13} aria-hidden />{t(`doubt.${drawn.doubt}`)}</span>}
        <span className="dim" title={t("distanceMore")}>{distance === null ? "–" : number(distance, 2)}</span>
      </span>
    </button>
  );
});
