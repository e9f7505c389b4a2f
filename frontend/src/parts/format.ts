/** Numbers and times as people of a language write them. Unknown is "–". */

import i18next from "i18next";

export const UNKNOWN = "–";

function locale(): string {
  return i18next.language === "zh" ? "zh-CN" : "en-GB";
}

export function number(value: number | null | undefined, digits = 0): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN;
  return value.toLocaleString(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A share as per cent: two digits where it is small. */
export function percent(share: number | null | undefined, digits?: number): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return UNKNOWN;
  const fine = digits ?? (share !== 0 && share < 0.0995 ? 2 : 1);
  return `${number(share * 100, fine)} %`;
}

export function interval(of: [number, number] | null | undefined): string {
  return of ? `${percent(of[0])} – ${percent(of[1])}` : UNKNOWN;
}

export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return UNKNOWN;
  const units = ["B", "kB", "MB", "GB", "TB"];
  let rest = value;
  let step = 0;
  while (rest >= 1000 && step < units.length - 1) {
    rest /= 1000;
    step += 1;
  }
  return `${number(rest, step === 0 || rest >= 100 ? 0 : 1)} ${units[step]}`;
}

/** Seconds as "3 min 20 s", "2 h 5 min". */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return UNKNOWN;
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60 ? `${whole % 60} s` : ""}`.trim();
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

export function dateTime(at: string | null | undefined, zone?: string, seconds = true): string {
  if (!at) return UNKNOWN;
  return new Date(at).toLocaleString(locale(), {
    timeZone: zone, dateStyle: "medium", timeStyle: seconds ? "medium" : "short",
  });
}

export function time(at: string | null | undefined, zone?: string): string {
  if (!at) return UNKNOWN;
  return new Date(at).toLocaleTimeString(locale(), { timeZone: zone });
}

/** A zone in few letters, as it stands then: "CET", "GMT+8". */
export function zoneName(zone: string, at: string | number = Date.now()): string {
  const form = new Intl.DateTimeFormat(locale(), { timeZone: zone, timeZoneName: "short" });
  return form.formatToParts(new Date(at)).find((part) => part.type === "timeZoneName")?.value ?? zone;
}

/** "12 s ago": the largest unit that says enough. */
export function ago(at: string | null | undefined, now = Date.now()): string {
  if (!at) return UNKNOWN;
  const seconds = Math.round((new Date(at).getTime() - now) / 1000);
  const steps: [Intl.RelativeTimeFormatUnit, number][] = [["day", 86_400], ["hour", 3600], ["minute", 60]];
  const form = new Intl.RelativeTimeFormat(locale(), { numeric: "auto", style: "short" });
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) return form.format(Math.trunc(seconds / size), unit);
  }
  return form.format(seconds, "second");
}
