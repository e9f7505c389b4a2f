import { Loader, Select, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { Point, RecipePreview as Preview, Verdict as Name } from "../../api/types";
import { number } from "../../parts/format";
import { Problem } from "../../parts/Problem";
import { Verdict } from "../../parts/Verdict";
import { JudgedUnit } from "./JudgedUnit";

const TYPING = 500; // ms
const LASTS = ["50", "200", "1000"];

/** What the draft would have said of the last units, from their stored findings; nothing is inferred again. */
export function RecipePreview({ ask, zones }: { ask: object | undefined; zones: Point[][] }) {
  const { t } = useTranslation("products");
  const [last, setLast] = useState("200");
  const [settled] = useDebouncedValue(JSON.stringify(ask), TYPING);
  const query = useQuery({
    queryKey: ["preview", last, settled], queryFn: () => api.post<Preview>(`/recipes/preview?last=${last}`, JSON.parse(settled!)),
    enabled: settled !== undefined, retry: false, placeholderData: keepPreviousData, staleTime: 30_000,
  });
  const data = query.data;
  return (
    <section className="panel" style={{ padding: 16 }} aria-busy={query.isFetching}>
      <div style={{ display: "flex", gap: 8, alignItems: "center" }}>
        <h2 style={{ margin: 0, fontSize: 16, flex: 1 }}>{t("preview")}</h2>
        {query.isFetching && <Loader size={14} />}
        <Select size="xs" w={130} aria-label={t("previewOf")} value={last} onChange={(value) => setLast(value ?? "200")} allowDeselect={false} data={LASTS.map((value) => ({ value, label: t("lastUnits", { n: value }) }))} />
      </div>
      <Text size="xs" c="dimmed">{t("previewMore")}</Text>
      {!ask && <Text size="sm" c="dimmed" mt="sm">{t("modelPick")}</Text>}
      <Problem error={query.error} onRetry={() => void query.refetch()} />
      {data && data.n === 0 && <Text size="sm" c="dimmed" mt="sm">{t("previewNone")}</Text>}
      {data && data.n > 0 && <Judged of={data} zones={zones} />}
    </section>
  );
}

function Judged({ of, zones }: { of: Preview; zones: Point[][] }) {
  const { t } = useTranslation("products");
  const { real_defect: real, false_call: calls } = of.told_by_people;
  return (
    <>
      <div className="preview-counts">
        {Object.entries(of.verdicts).map(([name, { before, after }]) => (
          <div key={name} className="preview-count">
            <Verdict verdict={name as Name} />
            <div><b>{number(after)}</b> <span className="dim small">{after === before ? t("same") : t("was", { n: number(before) })}</span></div>
          </div>
        ))}
      </div>
      <Text size="sm" role="status"><b>{t("wouldChange", { changed: number(of.changed), n: number(of.n) })}</b></Text>
      <Text size="xs" c="dimmed" mb="sm">
        {real.n + calls.n === 0 ? t("noTruth") : [real.n > 0 && t("realPassed", { passed: number(real.passed), n: number(real.n) }), calls.n > 0 && t("callsPassed", { passed: number(calls.passed), n: number(calls.n) })].filter(Boolean).join(" ")}
      </Text>
      <div className="judged">{of.units.map((unit) => <JudgedUnit key={unit.id} unit={unit} zones={zones} />)}</div>
      {of.n > of.units.length && <Text size="xs" c="dimmed" mt="sm">{t("shownOf", { shown: of.units.length, n: number(of.n) })}</Text>}
    </>
  );
}
