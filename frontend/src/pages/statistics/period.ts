/** Periods that end now. */

export const PERIODS = ["1h", "24h", "7d", "30d", "90d"] as const;
const HOURS: Record<string, number> = { "1h": 1, "24h": 24, "7d": 168, "30d": 720, "90d": 2160 };

/** From when; rounded to the minute, so that a refetch asks the same question for a while. */
export function periodOf(name: string, now = Date.now()): { from: string } {
  const minute = Math.floor(now / 60_000) * 60_000;
  return { from: new Date(minute - (HOURS[name] ?? 24) * 3_600_000).toISOString() };
}
