import { memo } from "react";
import { Group, Label, Line, Rect, Tag, Text } from "react-konva";
import { inkOn } from "./ink";
import type { Size } from "./view";

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
  shapes: Shape[];
  size: Size;
  scale: number;
  highlighted?: string | null;
  onHover?: (key: string | null) => void;
}

const area = ({ box }: Shape) => (box ? (box[2] - box[0]) * (box[3] - box[1]) : 0);

/** Every finding outlined, the small ones above the large, so that each can be pointed at. */
export const Outlines = memo(function Outlines({ shapes, size, scale, highlighted, onHover }: Props) {
  const sorted = [...shapes].sort((a, b) => area(b) - area(a));
  return sorted.map((shape) => <Outline key={shape.key} shape={shape} size={size} scale={scale} strong={highlighted === shape.key} onHover={onHover} />);
});

const SEEN_THROUGH = "rgba(0,0,0,0)"; // filled for the pointer, not for the eye
const TALL = 20; // pixels of a label

function Outline({ shape, size, scale, strong, onHover }: Omit<Props, "shapes" | "highlighted"> & { shape: Shape; strong: boolean }) {
  const [x0, y0, x1, y1] = shape.box ?? [0, 0, 0, 0];
  const opacity = shape.dim && !strong ? 0.45 : 1;
  const line = { stroke: shape.colour, strokeWidth: (strong ? 4 : 2) / scale, fill: strong ? `${shape.colour}26` : SEEN_THROUGH, opacity };
  const below = y0 * size.height * scale < TALL;
  return (
    <Group onMouseEnter={() => onHover?.(shape.key)} onMouseLeave={() => onHover?.(null)}>
      {shape.polygon ? (
        <Line points={shape.polygon.flatMap(([x, y]) => [x * size.width, y * size.height])} closed {...line} />
      ) : (
        shape.box && <Rect x={x0 * size.width} y={y0 * size.height} width={(x1 - x0) * size.width} height={(y1 - y0) * size.height} {...line} />
      )}
      {shape.box && shape.label && (
        <Label x={x0 * size.width} y={below ? y1 * size.height + 1 / scale : y0 * size.height - TALL / scale} scaleX={1 / scale} scaleY={1 / scale} opacity={opacity} listening={false}>
          <Tag fill={shape.colour} cornerRadius={3} />
          <Text text={shape.label} fontFamily="Inter Variable, Noto Sans SC, Noto Sans CJK SC, sans-serif" fontSize={12} padding={3} fill={inkOn(shape.colour)} />
        </Label>
      )}
    </Group>
  );
}
