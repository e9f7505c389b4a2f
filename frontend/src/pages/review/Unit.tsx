import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import { api } from "../../api/client";
import type { Inspection, InspectionRow, Page } from "../../api/types";
import { Dispose } from "../../parts/Dispose";
import { Time } from "../../parts/Time";
import { UnitImages } from "../../parts/UnitImages";
import { Verdict } from "../../parts/Verdict";
import { reasonsWords } from "../../words/verdicts";

interface Props {
  unit: Inspection;
  onDone: () => void;
  onSkip: () => void;
}

/** The unit in question: large, a good one beside it, and the words below. */
export function Unit({ unit, onDone, onSkip }: Props) {
  const { t } = useTranslation("review");
  const fresh = useQuery({ queryKey: ["inspection", unit.id], queryFn: () => api.get<Inspection>(`/inspections/${unit.id}`), initialData: unit, staleTime: 0 });
  const now = fresh.data;
  const judged = now.dispositions.find((each) => !each.undone_at);
  return (
    <>
      <div className="review-head">
        <Verdict verdict={now.verdict} />
        <Link className="link" to={`/inspections/${now.id}`}>{now.serial || now.id.slice(-8)}</Link>
        <span className="dim">{now.line_name} / {now.station_name} · <Time at={now.captured_at} line={now.line} named /></span>
        <span>{reasonsWords(now.reasons)}</span>
      </div>
      {judged && <p className="review-judged">{t("judged", { by: judged.by ?? "–", outcome: t(`outcome.${judged.outcome}`, { ns: "inspections" }) })}</p>}
      <div className="review-stage">
        <div><UnitImages inspection={now} height="var(--stage-height)" /></div>
        <Good like={now} />
      </div>
      <div className="review-words">
        <Dispose inspection={now} onDone={onDone} undoKey={false} />
        <Button variant="subtle" onClick={onSkip}>{t("skip")}</Button>
      </div>
    </>
  );
}

/** The newest good unit of the same product and station, to compare with. */
function Good({ like }: { like: Inspection }) {
  const { t } = useTranslation("review");
  const { station, product } = like;
  const query = useQuery({
    queryKey: ["good", station, product],
    queryFn: () => api.get<Page<InspectionRow>>("/inspections", { station, product, verdict: "OK", mode: "production", limit: 1 }),
    staleTime: 5 * 60_000,
  });
  const row = query.data?.results[0];
  if (!row?.image_count) return null;
  return (
    <figure className="review-good">
      <img src={`/api/v1/inspections/${row.id}/images/0`} alt={t("good")} />
      <figcaption className="dim small">{t("good")} · {row.serial || row.id.slice(-8)}</figcaption>
    </figure>
  );
}
