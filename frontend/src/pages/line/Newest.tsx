import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import { api } from "../../api/client";
import type { Inspection, InspectionRow } from "../../api/types";
import { Still } from "../../parts/Still";
import { Ago } from "../../parts/Time";
import { Verdict } from "../../parts/Verdict";
import { reasonsWords } from "../../words/verdicts";

/** The newest unit, large, with what was found on it. A slow answer is waited for: on a fast line the
 * unit after it would else never be shown either. */
export function Newest({ row }: { row: InspectionRow }) {
  const { t } = useTranslation("inspections");
  const [id, setId] = useState(row.id);
  const query = useQuery({ queryKey: ["inspection", id], queryFn: () => api.get<Inspection>(`/inspections/${id}`), placeholderData: keepPreviousData });
  const settled = !query.isFetching;
  useEffect(() => {
    if (settled) setId(row.id);
  }, [settled, row.id]);
  const unit = query.data;
  const shown = unit ?? row;
  return (
    <Link to={`/inspections/${shown.id}`} className="newest">
      {unit ? <Still inspection={unit} alt={t("imageOf", { serial: unit.serial })} /> : <div className="still" />}
      <p className="newest-words"><Verdict verdict={shown.verdict} large /> <b>{shown.serial || shown.id.slice(-8)}</b> <span className="dim"><Ago at={shown.captured_at} /></span></p>
      <p className="newest-why">{reasonsWords(shown.reasons) || t("noReason")}</p>
    </Link>
  );
}
