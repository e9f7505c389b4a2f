import { ActionIcon, Text, Tooltip } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Registration } from "../../api/types";
import { number } from "../../parts/format";
import { FEWEST } from "./fit";
import { type Points, whole } from "./usePoints";

/** The points in order, with what each is off: four always fit, so then there is nothing to say. */
export function Marked({ points, fit, onRemove }: { points: Points; fit?: Registration; onRemove: (at: number) => void }) {
  const { t } = useTranslation("plant");
  const told = whole(points);
  const off = new Map(told.length > FEWEST && fit ? told.map(({ at }, place) => [at, fit.residuals_px[place]]) : []);
  const worst = Math.max(...(fit?.residuals_px ?? [0]));
  const missing = FEWEST - told.length;
  return (
    <ul className="align-points">
      {missing > 0 && <Text component="li" size="sm" c="dimmed" className="align-missing">{t("align.missing", { count: missing })}</Text>}
      {points.pairs.map((pair, at) => (
        <li key={at} className="align-point" data-worst={off.get(at) === worst}>
          <b>{at + 1}</b>
          <span>{pair.colour && pair.other ? (off.has(at) ? `${number(off.get(at), 1)} px` : "") : t(pair.colour ? "align.wantsOther" : "align.wantsColour")}</span>
          <Tooltip label={t("align.drop", { n: at + 1 })}>
            <ActionIcon size="sm" variant="subtle" color="gray" aria-label={t("align.drop", { n: at + 1 })} onClick={() => onRemove(at)}><IconTrash size={14} /></ActionIcon>
          </Tooltip>
        </li>
      ))}
    </ul>
  );
}
