import { Button, Loader } from "@mantine/core";
import { useElementSize, useMergedRef } from "@mantine/hooks";
import { useCallback, useEffect, useRef, useState } from "react";
import { Group, Image as Picture, Layer, Stage } from "react-konva";
import { useTranslation } from "react-i18next";
import { useKeys } from "../state/keys";
import { useGestures } from "./gestures";
import { ImageTools } from "./ImageTools";
import { type Mark, Marks } from "./Marks";
import { Outlines, type Shape } from "./Outlines";
import { usePick } from "./pick";
import { type Asked, usePicture } from "./picture";
import { fitted, held, type Size, type Spot, type View, zoomed } from "./view";
import { WindowBar } from "./WindowBar";
import "./image.css";

export type { Shape } from "./Outlines";

interface Props {
  src: string;
  alt: string;
  shapes?: Shape[];
  highlighted?: string | null;
  onHover?: (key: string | null) => void;
  height?: number | string;
  marks?: Mark[];
  /** A press that did not move, in shares of the image; then a double click is two of them. */
  onPick?: (spot: Spot) => void;
  /** The image's size in pixels, once it is there. */
  onSize?: (size: Size) => void;
}

const STEP = 1.5; // of a key or a button

/** Wheel and pinch zoom, drag pans, a double click is 1:1 and back, F fits; deep greys get a window. */
export function ImageView({ src, alt, shapes = [], highlighted, onHover, height = 480, marks = [], onPick, onSize }: Props) {
  const { t } = useTranslation("image");
  const [asked, setAsked] = useState<(Asked & { src: string }) | null>(null);
  const { picture, window, loading, error, retry } = usePicture(src, asked?.src === src ? asked : null);
  const [drawn, setDrawn] = useState(true);
  const [own, setOwn] = useState<string | null>(null);
  const place = useElementSize<HTMLDivElement>();
  const at = useRef<HTMLDivElement>(null);
  const size = picture && { width: picture.naturalWidth, height: picture.naturalHeight };
  const view = useView(size, { width: place.width, height: place.height });
  useGestures(at, { view: view.now, pans: view.pans, onView: view.set, onTwice: onPick ? () => undefined : view.oneToOne });
  const pick = usePick(view.now, size, { width: place.width, height: place.height }, onPick);
  useEffect(() => { if (picture) onSize?.({ width: picture.naturalWidth, height: picture.naturalHeight }); }, [picture]);
  useKeys(t("keys"), [
    { key: "f", label: t("fit"), run: view.fit },
    { key: "z", label: t("oneToOne"), run: () => view.oneToOne() },
    { key: "+", label: t("in"), run: () => view.zoom(STEP), repeats: true },
    { key: "-", label: t("out"), run: () => view.zoom(1 / STEP), repeats: true },
    { key: "b", label: t("outlines"), run: () => setDrawn(!drawn) },
    ...(pick.middle ? [{ key: "Enter", label: t("pick"), run: pick.middle }] : []),
  ], { within: at, active: pick.here });
  return (
    <div className="image-view" style={{ height }}>
      <div ref={useMergedRef(place.ref, at)} className="stage" data-pans={view.pans} data-picks={Boolean(onPick)} {...pick.handlers} role="img" aria-label={alt} aria-busy={loading}>
        {error && <div className="stage-note"><div>{t(`trouble.${error.code}`, { defaultValue: t("trouble.refused") })}<br /><Button mt="sm" size="xs" color="gray" onClick={retry}>{t("again")}</Button></div></div>}
        {loading && <Loader className="stage-loader" size="sm" color="gray" aria-label={t("loading")} />}
        {picture && view.now && (
          <Stage width={place.width} height={place.height}>
            <Layer imageSmoothingEnabled={view.now.scale < 2}>
              <Group x={view.now.x} y={view.now.y} scaleX={view.now.scale} scaleY={view.now.scale}>
                <Picture image={picture} listening={false} />
                {drawn && <Outlines shapes={shapes} size={size!} scale={view.now.scale} highlighted={onHover ? highlighted : own} onHover={onHover ?? setOwn} />}
                <Marks marks={marks} size={size!} scale={view.now.scale} />
              </Group>
            </Layer>
          </Stage>
        )}
      </div>
      <ImageTools view={view} drawn={drawn} count={shapes.length} onDrawn={setDrawn} step={STEP} />
      {window && <WindowBar key={src} window={window} onAsk={(next) => setAsked(next && { ...next, src })} />}
    </div>
  );
}

export interface Viewed {
  now: View | null;
  pans: boolean;
  set: (view: View) => void;
  fit: () => void;
  zoom: (factor: number) => void;
  oneToOne: (at?: Spot) => void;
}

/** The view of one image on one stage; it starts anew where either has another size. */
function useView(size: { width: number; height: number } | null, stage: { width: number; height: number }): Viewed {
  const [now, setNow] = useState<View | null>(null);
  const [for_, setFor] = useState("");
  const ready = size !== null && stage.width > 0 && stage.height > 0;
  const whole = ready ? fitted(size, stage) : null;
  const wanted = ready ? [size.width, size.height, stage.width, stage.height].join() : "";
  const fit = useCallback(() => whole && setNow(whole), [wanted]);
  useEffect(() => {
    if (!wanted || wanted === for_) return;
    setFor(wanted);
    fit();
  }, [wanted, for_, fit]);
  const set = (view: View) => ready && setNow(held(view, size, stage));
  const middle = { x: stage.width / 2, y: stage.height / 2 };
  const zoom = (factor: number, at: Spot = middle) => now && set(zoomed(now, at, factor));
  return {
    now: wanted === for_ ? now : null,
    pans: Boolean(now && whole && now.scale > whole.scale * 1.01),
    set,
    fit,
    zoom: (factor) => zoom(factor),
    oneToOne: (at) => now && (Math.abs(now.scale - 1) < 0.01 ? fit() : zoom(1 / now.scale, at)),
  };
}
