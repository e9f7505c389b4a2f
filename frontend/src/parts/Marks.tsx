import { Group, Label, Line, Tag, Text } from "react-konva";
import { inkOn } from "./ink";
import type { Size } from "./view";

/** A numbered cross; coordinates are shares of the image. */
export interface Mark { key: string; x: number; y: number; label: string; colour: string }

const ARM = 10; // pixels of the screen, whatever the zoom
const GAP = 3; // pixels left free in the middle: what is marked must be seen
const ARMS = [[-ARM, 0, -GAP, 0], [GAP, 0, ARM, 0], [0, -ARM, 0, -GAP], [0, GAP, 0, ARM]];

export function Marks({ marks, size, scale }: { marks: Mark[]; size: Size; scale: number }) {
  return marks.map((mark) => (
    <Group key={mark.key} x={mark.x * size.width} y={mark.y * size.height} scaleX={1 / scale} scaleY={1 / scale} listening={false}>
      {ARMS.map((points) => <Line key={`under${points}`} points={points} stroke="#000" strokeWidth={4} opacity={0.6} />)}
      {ARMS.map((points) => <Line key={`${points}`} points={points} stroke={mark.colour} strokeWidth={2} />)}
      <Label x={8} y={-24}>
        <Tag fill={mark.colour} cornerRadius={3} />
        <Text text={mark.label} fontFamily="Inter Variable, sans-serif" fontSize={12} padding={3} fill={inkOn(mark.colour)} />
      </Label>
    </Group>
  ));
}
