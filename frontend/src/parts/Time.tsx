import { useNow } from "../state/now";
import { useZone } from "../state/scope";
import { ago, dateTime, time, zoneName } from "./format";

interface Props {
  at: string | null | undefined;
  zone?: string;
  /** The line it happened on: its site's zone. */
  line?: number | null;
  /** Only the time of day. */
  short?: boolean;
  /** With the zone behind it. */
  named?: boolean;
}

/** A moment in the plant's zone; the zone is named on hover, or behind it. */
export function Time({ at, zone, line, short = false, named = false }: Props) {
  const here = useZone(line);
  const there = zone ?? here;
  return (
    <time dateTime={at ?? undefined} title={`${dateTime(at, there)} (${there})`} className="nowrap">
      {short ? time(at, there) : dateTime(at, there, false)}
      {named && at && <span className="dim"> {zoneName(there, at)}</span>}
    </time>
  );
}

/** How long ago by the server's clock, counting on by itself. */
export function Ago({ at }: { at: string | null | undefined }) {
  const now = useNow();
  const zone = useZone();
  return <time dateTime={at ?? undefined} title={`${dateTime(at, zone)} (${zone})`} className="nowrap">{ago(at, now)}</time>;
}
