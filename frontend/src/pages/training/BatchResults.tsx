import { Button, Group, Skeleton, Slider, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router-dom";
import { address, sameOrigin, send } from "../../api/client";
import { useDefectClasses } from "../../api/queries";
import type { Job, Page as ListPage } from "../../api/types";
import { number } from "../../parts/format";
import { Problem } from "../../parts/Problem";
import { type Result, ResultDialog } from "./ResultDialog";
import { Thumb } from "./Thumb";
import "./results.css";

const OPEN = new Set(["queued", "running"]);
const USUAL = 0.25; // engines tell of much less, for curves; nobody wants to look through that

/** What a batch found, to look through while it runs, and to take away. */
export function BatchResults({ job }: { job: Job }) {
  const { t } = useTranslation("training");
  const running = OPEN.has(job.state);
  const list = useInfiniteQuery({
    queryKey: ["results", job.id, running], // the end brings a last look
    queryFn: ({ pageParam, signal }) => send<ListPage<Result>>("GET", pageParam ?? address(`/jobs/${job.id}/results`, { limit: 60 }), undefined, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next && sameOrigin(last.next),
    refetchInterval: ({ state }) => (running && (state.data?.pages.length ?? 0) < 2 ? 2000 : false),
    staleTime: running ? 0 : "static",
    placeholderData: keepPreviousData,
  });
  const [open, setOpen] = useState<number | null>(null);
  const classes = useDefectClasses().data ?? [];
  const colour = (name: string) => classes.find((each) => each.name === name)?.colour ?? "#D55E00";
  const [search, setSearch] = useSearchParams();
  const least = Number(search.get("least") ?? USUAL);
  const setLeast = (value: number) => setSearch((old) => { old.set("least", String(value)); return old; }, { replace: true });
  const rows = (list.data?.pages.flatMap((page) => page.results) ?? []).map((row) => ({ ...row, findings: row.findings.filter((each) => each.score >= least) }));
  const shown = open === null ? undefined : rows[open];
  const step = (by: number) => setOpen((at) => (at === null ? at : Math.min(rows.length - 1, Math.max(0, at + by))));
  return (
    <>
      <Group mb="md" gap="sm">
        <Download job={job} name="csv" /><Download job={job} name="coco.json" />
        <label className="least">
          <Text size="sm" span>{t("least", { score: number(least, 2) })}</Text>
          <Slider size="sm" min={0.05} max={0.95} step={0.05} label={(value) => number(value, 2)} defaultValue={least} onChangeEnd={setLeast} thumbLabel={t("leastLabel")} />
        </label>
        {running && <Text size="sm" c="dimmed">{t("resultsSoFar")}</Text>}
      </Group>
      {list.isPending && <div className="results">{Array.from({ length: 8 }, (_, n) => <Skeleton key={n} style={{ aspectRatio: "1" }} />)}</div>}
      {list.data && !rows.length && <Text size="sm" c="dimmed">{t(running ? "noResultsYet" : "noResults")}</Text>}
      <div className="results">
        {rows.map((row, index) => (
          <button type="button" key={row.ref} className="quiet-button result" onClick={() => setOpen(index)} title={row.path}>
            <Thumb url={row.url} findings={row.findings} colour={colour} />
            <span className="small ellipsis">{row.error ?? t("found", { n: number(row.findings.length) })}</span>
            <span className="small dim ellipsis">{row.path.split("/").at(-1)}</span>
          </button>
        ))}
      </div>
      <Problem error={list.error} onRetry={() => void (list.data ? list.fetchNextPage() : list.refetch())} />
      {list.hasNextPage && <Group justify="center" mt="md"><Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t("more", { ns: "frame" })}</Button></Group>}
      {shown && <ResultDialog result={shown} colour={colour} onStep={step} onClose={() => setOpen(null)} />}
    </>
  );
}

function Download({ job, name }: { job: Job; name: "csv" | "coco.json" }) {
  const { t } = useTranslation("training");
  return <Button variant="default" component="a" download title={t("allScores")} leftSection={<IconDownload size={16} />} href={`/api/v1/jobs/${job.id}/results.${name}`}>{t(name === "csv" ? "csv" : "coco")}</Button>;
}
