import { ActionIcon, Tooltip } from "@mantine/core";
import { IconEye, IconEyeOff, IconMaximize, IconZoomIn, IconZoomOut } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { percent } from "./format";
import type { Viewed } from "./ImageView";

interface Props { view: Viewed; drawn: boolean; count: number; onDrawn: (drawn: boolean) => void; step: number }

/** What the keys do, to be clicked: zoom, 1:1, the whole image, outlines on or off. */
export function ImageTools({ view, drawn, count, onDrawn, step }: Props) {
  const { t } = useTranslation("image");
  return (
    <div className="image-tools" role="toolbar" aria-label={t("keys")}>
      {count > 0 && <Tool words={t("outlines")} pressed={drawn} onClick={() => onDrawn(!drawn)}>{drawn ? <IconEye size={18} /> : <IconEyeOff size={18} />}</Tool>}
      <Tool words={t("out")} onClick={() => view.zoom(1 / step)}><IconZoomOut size={18} /></Tool>
      <Tool words={t("oneToOne")} wide onClick={() => view.oneToOne()}>{percent(view.now?.scale, 0)}</Tool>
      <Tool words={t("in")} onClick={() => view.zoom(step)}><IconZoomIn size={18} /></Tool>
      <Tool words={t("fit")} onClick={view.fit}><IconMaximize size={18} /></Tool>
    </div>
  );
}

function Tool({ words, wide, pressed, onClick, children }: { words: string; wide?: boolean; pressed?: boolean; onClick: () => void; children: ReactNode }) {
  return (
    <Tooltip label={words}>
      <ActionIcon className="image-tool" w={wide ? 56 : undefined} variant="transparent" aria-label={words} aria-pressed={pressed} onClick={onClick}>{children}</ActionIcon>
    </Tooltip>
  );
}
