import { useElementSize, useMergedRef } from "@mantine/hooks";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef, useState } from "react";

const CELL = 168; // pixels that a cell has at least
const GAP = 8;
const WORDS = 42; // pixels below a picture
const AHEAD = 6; // rows from the end at which the next page is asked for

/** Rows of square cells over the page's own scroll; `more` is called when the end comes near. */
export function useGrid(count: number, more: () => void) {
  const { ref: sized, width } = useElementSize<HTMLDivElement>();
  const place = useRef<HTMLDivElement>(null);
  const ref = useMergedRef(sized, place);
  const columns = Math.max(2, Math.floor((width + GAP) / CELL));
  const rows = width ? Math.ceil(count / columns) : 0;
  const tall = Math.round((width - (columns - 1) * GAP) / columns) + WORDS;
  const [top, setTop] = useState(0);
  const grid = useWindowVirtualizer({ count: rows, estimateSize: () => tall, overscan: 3, scrollMargin: top });
  useLayoutEffect(() => {
    const box = place.current?.getBoundingClientRect();
    if (box) setTop(Math.round(box.top + window.scrollY));
  }, [width, rows > 0]);
  useEffect(() => grid.measure(), [grid, tall]);
  const last = grid.getVirtualItems().at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows && last >= rows - AHEAD) more();
  });
  return { ref, grid, columns };
}
