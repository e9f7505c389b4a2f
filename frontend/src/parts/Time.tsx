import { useEffect, useState } from "react";
import { useZone } from "../state/scope";
import { ago, dateTime, time } from "./format";

interface Props {
  at: string | null | undefined;
  zone?: string;
  /** Only the time of day. */
  short?: boolean;
}

/** A moment in the plant's zone; the zone is named on hover. */
export function Time({ at, zone, short = false }: Props) {
  const here = useZone();
  const named = zone ?? here;
  return (
    <time dateTime={at ?? undefined} title={`${dateTime(at, named)} (${named})`} className="nowrap">
      {short ? time(at, named) : dateTime(at, named, false)}
    </time>
  );
}

/** How long ago, counting on by itself. */
export function Ago({ at }: { at: string | null | undefined }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return <time dateTime={at ?? undefined} title={dateTime(at)} className="nowrap">{ago(at, now)}</time>;
}
