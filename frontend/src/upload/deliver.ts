/** What an upload is for, and what is done with the files once they are all there. */

import { api } from "../api/client";
import { queryClient } from "../api/queries";
import type { Import, Job } from "../api/types";
import type { Entry } from "./uploader";

export type Target = { kind: "import"; dataset: number } | { kind: "batch"; model: number };

/** A dry run of the import, or the batch itself; its number. */
export async function deliver(target: Target, files: Entry[]): Promise<number> {
  if (target.kind === "batch") {
    return (await api.post<Job>("/jobs", { kind: "batch", model: target.model, files })).id;
  }
  const made = await api.post<Import>(`/datasets/${target.dataset}/imports`, { format: "auto", files, dry_run: true });
  await queryClient.invalidateQueries({ queryKey: ["imports", target.dataset] });
  return made.id;
}

export function isSame(a: Target, b: Target): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
