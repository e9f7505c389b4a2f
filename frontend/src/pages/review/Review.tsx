import { Button, Group } from "@mantine/core";
import { IconEyeCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import { api } from "../../api/client";
import type { Inspection } from "../../api/types";
import { Dispose } from "../../parts/Dispose";
import { findingShapes } from "../../parts/Drawn";
import { Empty } from "../../parts/Empty";
import { number } from "../../parts/format";
import { Page } from "../../parts/Page";
import { QueryState } from "../../parts/QueryState";
import { Time } from "../../parts/Time";
import { Verdict } from "../../parts/Verdict";
import { useKeys } from "../../state/keys";
import { useScope } from "../../state/scope";
import { reasonsWords } from "../../words/verdicts";

const ImageView = lazy(() => import("../../parts/ImageView").then((m) => ({ default: m.ImageView })));

/** Is the machine right? One unit at a time. */
export default function Review() {
  const { t } = useTranslation("review");
  const { line } = useScope();
  const query = useQuery({
    queryKey: ["review", line],
    queryFn: () => api.get<{ results: Inspection[]; remaining: number }>("/review", { line }),
  });
  const [skipped, setSkipped] = useState<string[]>([]);
  const waiting = query.data?.results.filter((each) => !skipped.includes(each.id)) ?? [];
  const current = waiting[0];
  const next = () => {
    if (current) setSkipped((old) => [...old, current.id]);
    if (waiting.length <= 2) void query.refetch();
  };
  useKeys(t("title"), [{ key: "ArrowRight", label: t("skip"), run: next }]);
  const remaining = query.data ? (query.data.remaining >= 1000 ? "1000+" : number(query.data.remaining)) : "–";
  return (
    <Page title={t("title")} beside={<span className="dim">{t("remaining", { n: remaining })}</span>}>
      <QueryState query={query}>
        {() => current ? (
          <>
            <Group mb="sm" gap="sm">
              <Verdict verdict={current.verdict} />
              <Link className="link" to={`/inspections/${current.id}`}>{current.serial || current.id.slice(-8)}</Link>
              <span className="dim">{current.line_name} / {current.station_name} · <Time at={current.captured_at} /></span>
              <span>{reasonsWords(current.reasons)}</span>
            </Group>
            <Suspense fallback={<div className="stage" style={{ height: "58vh" }} />}>
              <ImageView key={current.id} src={current.images[0]?.url ?? ""} alt={current.serial} shapes={findingShapes(current, 0)} height="58vh" />
            </Suspense>
            <Group mt="md" justify="space-between" align="start">
              <Dispose key={current.id} inspection={current} onDone={next} />
              <Button variant="subtle" onClick={next}>{t("skip")}</Button>
            </Group>
          </>
        ) : <Empty icon={IconEyeCheck} title={t("empty.title")} text={t("empty.text")} />}
      </QueryState>
    </Page>
  );
}
