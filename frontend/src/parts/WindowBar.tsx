import { ActionIcon, RangeSlider, Tooltip } from "@mantine/core";
import { IconRotate } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { number } from "./format";
import type { Asked, Window } from "./picture";

const SETTLED = 120; // ms without a move before the server is asked

/** Which grey values are black and which are white, in the values of the image itself. */
export function WindowBar({ window, onAsk }: { window: Window; onAsk: (asked: Asked | null) => void }) {
  const { t } = useTranslation("image");
  const { least, most } = window;
  const [start] = useState<[number, number]>([window.low, window.high]);
  const [value, setValue] = useState(start);
  const moved = value[0] !== start[0] || value[1] !== start[1];
  useEffect(() => {
    const timer = setTimeout(() => onAsk(moved ? { low: value[0], high: value[1] } : null), SETTLED);
    return () => clearTimeout(timer);
  }, [value[0], value[1]]);
  const whole = Number.isInteger(least) && Number.isInteger(most);
  const step = whole ? Math.max(1, Math.round((most - least) / 1000)) : (most - least) / 1000;
  if (most <= least) return null;
  return (
    <div className="window-bar" role="group" aria-label={t("window")}>
      <span className="hide-phone">{t("window")}</span>
      <output>{number(value[0], whole ? 0 : 2)}</output>
      <RangeSlider className="window-slider" size="sm" color="gray" label={null} min={least} max={most} step={step} minRange={step} value={value} onChange={setValue}
        thumbFromLabel={t("black")} thumbToLabel={t("white")} thumbProps={(index) => ({ "aria-label": t(index ? "white" : "black") })} />
      <output>{number(value[1], whole ? 0 : 2)}</output>
      <Tooltip label={t("reset")}>
        <ActionIcon className="image-tool" variant="transparent" aria-label={t("reset")} disabled={!moved} onClick={() => setValue(start)}><IconRotate size={18} /></ActionIcon>
      </Tooltip>
    </div>
  );
}
