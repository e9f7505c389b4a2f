/** The pixels of an image and, where its grey has more than 8 bits, the window they were made with. */

import { useCallback, useEffect, useState } from "react";
import { ApiProblem } from "../api/client";

/** Grey values: `low` is shown black, `high` white; the image holds `least` to `most`. */
export interface Window { low: number; high: number; least: number; most: number }
export type Asked = Pick<Window, "low" | "high">;

interface Seen {
  src: string;
  picture: HTMLImageElement | null;
  window: Window | null;
  loading: boolean;
  error: ApiProblem | null;
}

/** From the header: "low=12, high=3980, least=0, most=4095". */
export function windowOf(header: string | null): Window | null {
  if (!header) return null;
  const values = Object.fromEntries(header.split(", ").map((part) => part.split("="))) as Record<string, string>;
  const [low, high, least, most] = ["low", "high", "least", "most"].map((name) => Number(values[name])) as [number, number, number, number];
  return [low, high, least, most].every(Number.isFinite) ? { low, high, least, most } : null;
}

export function windowed(src: string, asked: Asked | null): string {
  return asked ? `${src}${src.includes("?") ? "&" : "?"}low=${asked.low}&high=${asked.high}` : src;
}

async function read(url: string, signal: AbortSignal): Promise<Pick<Seen, "picture" | "window">> {
  const response = await fetch(url, { credentials: "same-origin", signal });
  if (!response.ok) throw new ApiProblem(response.status, response.status === 410 ? "gone" : "refused", "");
  const address = URL.createObjectURL(await response.blob());
  try {
    const picture = new Image();
    picture.src = address;
    await picture.decode();
    return { picture, window: windowOf(response.headers.get("X-Window")) };
  } finally {
    URL.revokeObjectURL(address);
  }
}

const nothing = (src: string): Seen => ({ src, picture: null, window: null, loading: true, error: null });

/** Another image starts empty, so that no outlines lie on the wrong pixels; another window does not. */
export function usePicture(src: string, asked: Asked | null): Seen & { retry: () => void } {
  const [seen, setSeen] = useState(() => nothing(src));
  const [tries, setTries] = useState(0);
  const url = windowed(src, asked);
  useEffect(() => {
    const stop = new AbortController();
    setSeen((old) => (old.src === src ? { ...old, loading: true, error: null } : nothing(src)));
    read(url, stop.signal).then(
      (found) => !stop.signal.aborted && setSeen({ src, ...found, loading: false, error: null }),
      (cause: unknown) => {
        if (stop.signal.aborted) return;
        const error = cause instanceof ApiProblem ? cause : new ApiProblem(0, cause instanceof TypeError ? "unreachable" : "broken", "");
        setSeen((old) => ({ ...old, loading: false, error }));
      },
    );
    return () => stop.abort();
  }, [src, url, tries]);
  const retry = useCallback(() => setTries((n) => n + 1), []);
  return { ...(seen.src === src ? seen : nothing(src)), retry };
}
