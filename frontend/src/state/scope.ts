/** The site and line every page is narrowed to. They live in the URL: ?site=1&line=3. */

import { useCallback, useEffect, useRef } from "react";
import { type Location, useLocation, useNavigationType, useSearchParams } from "react-router-dom";
import { useLines, useSites } from "../api/queries";

export interface Scope {
  site: number | null;
  line: number | null;
}

function whole(text: string | null): number | null {
  return text && /^\d+$/.test(text) ? Number(text) : null;
}

export function scopeOf(search: URLSearchParams): Scope {
  return { site: whole(search.get("site")), line: whole(search.get("line")) };
}

/** The search of a link that keeps the scope and nothing else. */
export function scopeSearch(scope: Scope): string {
  return withScope("", scope);
}

/** A search with the scope added to what it says already. */
export function withScope(search: string, scope: Scope): string {
  const whole = new URLSearchParams(search);
  if (scope.site !== null) whole.set("site", String(scope.site));
  if (scope.line !== null) whole.set("line", String(scope.line));
  const text = whole.toString();
  return text && `?${text}`;
}

/** Said with a navigation that means its scope, even if that is the whole plant. */
export const SCOPED = { scoped: true };

export function useScope(): Scope & { setScope: (scope: Scope) => void; search: string } {
  const [search, setSearch] = useSearchParams();
  const scope = scopeOf(search);
  const setScope = useCallback(
    (next: Scope) =>
      setSearch((old) => {
        const changed = new URLSearchParams(old);
        for (const name of ["site", "line", "station", "cursor"]) changed.delete(name);
        if (next.site !== null) changed.set("site", String(next.site));
        if (next.line !== null) changed.set("line", String(next.line));
        return changed;
      }, { state: SCOPED }),
    [setSearch],
  );
  return { ...scope, setScope, search: scopeSearch(scope) };
}

const isWhole = (scope: Scope) => scope.site === null && scope.line === null;

/** Where a link inside leads when it says nothing of the scope chosen before: there, with it. */
export function keptScope(at: Location, moved: string, before: Scope): string | null {
  const meant = moved === "POP" || (at.state as typeof SCOPED | null)?.scoped;
  if (meant || isWhole(before) || !isWhole(scopeOf(new URLSearchParams(at.search)))) return null;
  return at.pathname + withScope(at.search, before) + at.hash;
}

export function useKeptScope(): string | null {
  const at = useLocation();
  const before = useRef<Scope>({ site: null, line: null });
  const to = keptScope(at, useNavigationType(), before.current);
  useEffect(() => {
    if (to === null) before.current = scopeOf(new URLSearchParams(at.search));
  }, [at.search, to]);
  return to;
}

const own = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The plant's time zone here: the line's site, the chosen site, or the one zone all sites share.
 * Where sites differ and none is meant, the reader's own. */
export function useZone(line?: number | null): string {
  const scope = useScope();
  const sites = useSites().data ?? [];
  const lines = useLines().data ?? [];
  const site = lines.find((each) => each.id === (line ?? scope.line))?.site ?? scope.site;
  const zone = sites.find((each) => each.id === site)?.timezone;
  if (zone) return zone;
  const zones = new Set(sites.map((each) => each.timezone));
  return zones.size === 1 ? [...zones][0]! : own();
}
