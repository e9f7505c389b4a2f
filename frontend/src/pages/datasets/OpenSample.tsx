import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router-dom";
import { api } from "../../api/client";
import type { Sample } from "../../api/types";
import { number } from "../../parts/format";
import { changedBy } from "../../state/search";
import { SampleDialog } from "./SampleDialog";

const NEAR = 20; // samples before the last loaded one, where more are asked for

/** The sample that the address names (?sample=12), whether it is among the loaded ones or not. */
export function OpenSample({ samples, total, onNear }: { samples: Sample[]; total: number | null; onNear: () => void }) {
  const { t } = useTranslation("datasets");
  const [search, setSearch] = useSearchParams();
  const id = Number(search.get("sample")) || null;
  const at = id === null ? -1 : samples.findIndex((each) => each.id === id);
  const alone = useQuery({ queryKey: ["sample", id], queryFn: () => api.get<Sample>(`/samples/${id}`), enabled: id !== null && at < 0 });
  const sample = samples[at] ?? (id === null ? undefined : alone.data);
  if (!sample) return null;
  const show = (next: string | null) => setSearch((old) => changedBy(old, "sample", next), { replace: true });
  const step = (by: number) => {
    const next = samples[at + by];
    if (at + by >= samples.length - NEAR) onNear();
    if (next) show(String(next.id));
  };
  const position = at < 0 ? null : t("position", { n: number(at + 1), total: total === null ? `${number(samples.length)}+` : number(total) });
  return <SampleDialog sample={sample} position={position} onClose={() => show(null)} onStep={at < 0 ? undefined : step} />;
}
