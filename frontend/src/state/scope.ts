/** The site and line every page is narrowed to. They live in the URL: ?site=1&line=3. */

import { useCallback } from "react";
import { useSearchParams } from "react-router-dom";
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
  const search = new URLSearchParams();
  if (scope.site !== null) search.set("site", String(scope.site));
  if (scope.line !== null) search.set("line", String(scope.line));
  const text = search.toString();
  return text && `?${text}`;
}

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
      }),
    [setSearch],
  );
  return { ...scope, setScope, search: scopeSearch(scope) };
}

/** The plant's time zone here: the line's site, the chosen site, or the one zone all sites share. */
export function useZone(line?: number | null): string {
  const scope = useScope();
  const sites = useSites().data ?? [];
  const lines = useLines().data ?? [];
  const site = lines.find((each) => each.id === (line ?? scope.line))?.site ?? scope.site;
  const zone = sites.find((each) => each.id === site)?.timezone ?? sites[0]?.timezone;
  return zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}
