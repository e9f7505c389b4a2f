import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import type { Job, Model } from "../../api/types";
import { number } from "../../parts/format";
import { keyMetric } from "./metrics";
import { failureWords } from "../../words/jobs";

/** What came out of a job: for a training its key figure on the test split, beside that of the model in use. */
export function Outcome({ job, models }: { job: Job; models: Model[] }) {
  const { t } = useTranslation("training");
  if (job.state === "queued") return <span className="small dim">{t("position", { n: job.queue_position ?? 1 })}</span>;
  if (job.state === "failed") return <span className="small">{failureWords(job)}</span>;
  const made = models.find((each) => each.id === job.model_version);
  const key = keyMetric(made?.metrics);
  if (!made || !key) return null;
  const used = models.find((each) => each.id !== made.id && each.in_use.length > 0 && each.dataset_name === made.dataset_name);
  const theirs = used?.metrics[key.name];
  const name = t(`metrics.${key.name}`, { ns: "models", defaultValue: key.name });
  return (
    <>
      <Link className="link" to={`/models/${made.id}`}>#{made.id}</Link> <span className="dim small">{name}</span> {key.shown}
      {made.in_use.length > 0 && <div className="small dim">{t("inUse")}</div>}
      {used && theirs !== undefined && (
        <div className="small dim">{t("against", { id: used.id, value: number(theirs, 2) })} · <Link className="link" to={`/models?compare=${made.id},${used.id}`}>{t("compare", { ns: "models" })}</Link></div>
      )}
    </>
  );
}
