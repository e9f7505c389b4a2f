import { useElementSize } from "@mantine/hooks";
import Konva from "konva";
import { useCallback, useEffect, useRef, useState } from "react";
import { Group, Image as Picture, Label, Layer, Line, Rect, Stage, Tag, Text } from "react-konva";
import { useTranslation } from "react-i18next";
import { useKeys } from "../state/keys";
import { fitted, type View, zoomed } from "./view";

/** Something drawn over the image; coordinates are shares of it. */
export interface Shape {
  key: string;
  label: string;
  box: [number, number, number, number] | null;
  polygon?: [number, number][] | null;
  colour: string;
  dim?: boolean;
}

interface Props {
  src: string;
  alt: string;
  shapes?: Shape[];
  highlighted?: string | null;
  onHover?: (key: string | null) => void;
  /** CSS filter for the pixels: brightness and contrast of a 16-bit window. */
  filter?: { brightness: number; contrast: number };
  height?: number | string;
}

/** Wheel zooms at the pointer, drag pans, double-click is 1:1, F fits. */
export function ImageView({ src, alt, shapes = [], highlighted, onHover, filter, height = 480 }: Props) {
  const { t } = useTranslation("image");
  const { ref, width: w, height: h } = useElementSize();
  const { image, failed } = usePicture(src);
  const [view, setView] = useState<View | null>(null);
  const size = image && { width: image.naturalWidth, height: image.naturalHeight };
  const fit = useCallback(() => {
    if (size && w && h) setView(fitted(size, { width: w, height: h }));
  }, [size?.width, size?.height, w, h]);
  useEffect(fit, [fit]);
  useKeys(t("keys"), [{ key: "f", label: t("fit"), run: fit }]);
  const wheel = (event: Konva.KonvaEventObject<WheelEvent>) => {
    event.evt.preventDefault();
    const at = event.target.getStage()?.getPointerPosition();
    if (at && view) setView(zoomed(view, at, Math.exp(-event.evt.deltaY * 0.0015)));
  };
  const oneToOne = () => {
    if (view && size) setView(zoomed(view, { x: w / 2, y: h / 2 }, 1 / view.scale));
  };
  const css = filter ? `brightness(${filter.brightness}) contrast(${filter.contrast})` : undefined;
  return (
    <div ref={ref} className="stage" style={{ height }} role="img" aria-label={alt}>
      {failed && <div className="stage-note">{t("gone")}</div>}
      {image && view && (
        <Stage width={w} height={h} onWheel={wheel} onDblClick={oneToOne} style={{ filter: css }}>
          <Layer imageSmoothingEnabled={view.scale < 2}>
            <Group x={view.x} y={view.y} scaleX={view.scale} scaleY={view.scale} draggable
              onDragEnd={(e) => setView({ ...view, x: e.target.x(), y: e.target.y() })}>
              <Picture image={image} />
              {shapes.map((shape) => (
                <Drawn key={shape.key} shape={shape} size={size!} scale={view.scale}
                  strong={highlighted === shape.key} onHover={onHover} />
              ))}
            </Group>
          </Layer>
        </Stage>
      )}
    </div>
  );
}

interface DrawnProps {
  shape: Shape;
  size: { width: number; height: number };
  scale: number;
  strong: boolean;
  onHover?: (key: string | null) => void;
}

function Drawn({ shape, size, scale, strong, onHover }: DrawnProps) {
  const [x0, y0, x1, y1] = shape.box ?? [0, 0, 0, 0];
  const stroke = { stroke: shape.colour, strokeWidth: (strong ? 4 : 2) / scale, opacity: shape.dim && !strong ? 0.4 : 1 };
  const hover = { onMouseEnter: () => onHover?.(shape.key), onMouseLeave: () => onHover?.(null) };
  return (
    <Group {...hover}>
      {shape.polygon ? (
        <Line points={shape.polygon.flatMap(([x, y]) => [x * size.width, y * size.height])} closed {...stroke} />
      ) : (
        shape.box && <Rect x={x0 * size.width} y={y0 * size.height} width={(x1 - x0) * size.width} height={(y1 - y0) * size.height} {...stroke} />
      )}
      {shape.box && shape.label && (
        <Label x={x0 * size.width} y={y0 * size.height - 20 / scale} scaleX={1 / scale} scaleY={1 / scale} opacity={stroke.opacity} listening={false}>
          <Tag fill={shape.colour} cornerRadius={3} />
          <Text text={shape.label} fontFamily="Inter Variable, Noto Sans CJK SC, sans-serif" fontSize={12} padding={3} fill="#fff" />
        </Label>
      )}
    </Group>
  );
}

function usePicture(src: string) {
  const [state, setState] = useState<{ image: HTMLImageElement | null; failed: boolean }>({ image: null, failed: false });
  const latest = useRef(src);
  useEffect(() => {
    latest.current = src;
    const image = new Image();
    image.onload = () => latest.current === src && setState({ image, failed: false });
    image.onerror = () => latest.current === src && setState({ image: null, failed: true });
    image.src = src;
  }, [src]);
  return state;
}
