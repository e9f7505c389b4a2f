import { useComputedColorScheme } from "@mantine/core";
import type { EChartsCoreOption } from "echarts/core";
import { useEffect, useRef, useState } from "react";

export type Option = EChartsCoreOption;

/** The palette of the page as it is now, for charts. */
export function palette() {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: of("ink"), dim: of("ink-3"), line: of("line"), accent: of("accent"), surface: of("surface"),
    ok: of("ok"), ng: of("ng"), review: of("review"), act: of("act"), error: of("error"),
  };
}
export type Palette = ReturnType<typeof palette>;

interface Props {
  /** Made from the palette, so that both colour schemes fit. */
  option: (colours: Palette) => Option;
  height?: number | string;
  label: string;
  onClick?: (params: { name: string; dataIndex: number; seriesName?: string }) => void;
}

/** An ECharts drawing; the library is loaded when the first one is shown. */
export function Chart({ option, height = 240, label, onClick }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const drawn = useRef<{ setOption: (o: Option, all?: boolean) => void; dispose: () => void; resize: () => void } | null>(null);
  const scheme = useComputedColorScheme();
  const click = useRef(onClick);
  click.current = onClick;
  const [ready, setReady] = useState(false);
  useEffect(() => {
    let gone = false;
    let watch: ResizeObserver | undefined;
    void import("./echarts").then(({ init }) => {
      if (gone || !box.current) return;
      const chart = init(box.current);
      chart.on("click", (params) => click.current?.(params as never));
      drawn.current = chart;
      watch = new ResizeObserver(() => chart.resize());
      watch.observe(box.current);
      setReady(true); // draws what is newest now, not what was when the library was asked for
    });
    return () => {
      gone = true;
      watch?.disconnect();
      drawn.current?.dispose();
      drawn.current = null;
      setReady(false);
    };
  }, []);
  useEffect(() => {
    if (ready) drawn.current?.setOption(themed(option(palette()), palette()), true);
  }, [ready, option, scheme]);
  return <div ref={box} role="img" aria-label={label} style={{ height, width: "100%" }} />;
}

function themed(option: Option, colours: Palette): Option {
  return {
    animation: false,
    textStyle: { fontFamily: "Inter Variable, Noto Sans CJK SC, sans-serif", color: colours.dim },
    grid: { left: 8, right: 16, top: 16, bottom: 8, containLabel: true },
    ...option,
  };
}
