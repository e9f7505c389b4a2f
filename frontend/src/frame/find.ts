/** Where what was typed into the search is: a job, a serial, a lot. */

import { api } from "../api/client";
import type { InspectionRow, Page } from "../api/types";
import { type Scope, withScope } from "../state/scope";

const WHOLE: Scope = { site: null, line: null };

async function has(query: Record<string, string>, scope: Scope): Promise<boolean> {
  const page = await api.get<Page<InspectionRow>>("/inspections", { ...query, ...scope, limit: 1 });
  return page.results.length > 0;
}

/** The address that shows it: in the chosen scope first, then anywhere; a serial before a lot. */
export async function addressOf(words: string, scope: Scope): Promise<string> {
  const job = /^(?:#|#?(?:job|任务)\s*#?)(\d+)$/i.exec(words);
  if (job) return `/jobs/${job[1]}`;
  const scopes = scope.site === null && scope.line === null ? [WHOLE] : [scope, WHOLE];
  for (const within of scopes) {
    const named = ["serial", "lot"].map((name) => ({ [name]: words }));
    const found = await Promise.all(named.map((query) => has(query, within)));
    const at = found.indexOf(true);
    if (at >= 0) return `/inspections${withScope(`?${new URLSearchParams(named[at])}`, within)}`;
  }
  return `/inspections${withScope(`?${new URLSearchParams({ serial: words })}`, scope)}`;
}
