import type { Job } from "../../api/types";

/** A training whose settings name a class that it is to draw. */
export function learnsToDraw(job: Job): boolean {
  const params = job.request.params;
  return job.kind === "train" && typeof params === "object" && params !== null && "class_name" in params && "view" in params;
}
