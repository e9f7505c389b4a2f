import { Progress } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import type { Job } from "../../api/types";
import { duration } from "../../parts/format";
import { seriesOf, type Series } from "./metrics";
import { useEvents } from "./useEvents";
import { stageWords } from "../../words/jobs";

/** A running job: how far, how long yet, where, and its curve in small. */
export function Running({ job }: { job: Job }) {
  const { t } = useTranslation("training");
  const { events } = useEvents(job.id);
  const { losses, scores } = seriesOf(events);
  const best = scores.find((each) => /map50$|image_auroc|recall|accuracy|iou/.test(each.name)) ?? losses[0];
  return (
    <div className="running">
      <div>
        <Link className="link" to={`/jobs/${job.id}`}><b>{job.title || `#${job.id}`}</b></Link> <span className="dim small">{t(`kind.${job.kind}`)}</span>
        <Progress value={job.progress * 100} mt={8} aria-label={t("progress")} />
        <div className="running-facts">
          <span>{stageWords(job.stage)}</span>
          {job.seconds_left !== null && <span>{t("left", { time: duration(job.seconds_left) })}</span>}
          {job.device && <span>{job.device}</span>}
          {job.created_by && <span>{job.created_by}</span>}
        </div>
      </div>
      {best && best.points.length > 1 && <Curve of={best} />}
    </div>
  );
}

function Curve({ of: { name, points } }: { of: Series }) {
  const { t } = useTranslation("models");
  const values = points.map(([, value]) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [from, to] = [points[0]![0], points.at(-1)![0]];
  const path = points.map(([step, value], index) => `${index ? "L" : "M"}${(((step - from) / (to - from || 1)) * 100).toFixed(1)},${(38 - ((value - low) / (high - low || 1)) * 36).toFixed(1)}`).join("");
  return (
    <div aria-hidden>
      <svg viewBox="0 0 100 40" preserveAspectRatio="none" width="100%" height={40}>
        <line x1="0" x2="100" y1="39" y2="39" stroke="var(--line)" vectorEffect="non-scaling-stroke" />
        <path d={path} fill="none" stroke="var(--accent)" strokeWidth="2" vectorEffect="non-scaling-stroke" />
      </svg>
      <span className="small dim">{t(`metrics.${name}`, { defaultValue: name })} {values.at(-1)!.toFixed(3)}</span>
    </div>
  );
}
