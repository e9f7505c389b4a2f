import { Button, Group, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { address, sameOrigin, send } from "../../api/client";
import type { Box, Job, Page as ListPage } from "../../api/types";
import { number } from "../../parts/format";
import { Problem } from "../../parts/Problem";

interface Result { ref: string; path: string; url: string; image_score: number | null; findings: { class: string; score: number; box: Box | null }[]; error: string | null }

/** What a batch found, to look through and to take away. */
export function BatchResults({ job }: { job: Job }) {
  const { t } = useTranslation("training");
  const list = useInfiniteQuery({
    queryKey: ["results", job.id, job.state],
    queryFn: ({ pageParam }) => send<ListPage<Result>>("GET", pageParam ?? address(`/jobs/${job.id}/results`, { limit: 60 })),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next && sameOrigin(last.next),
  });
  const rows = list.data?.pages.flatMap((page) => page.results) ?? [];
  return (
    <>
      <Group mb="md">
        <Button variant="default" component="a" href={`/api/v1/jobs/${job.id}/results.csv`}>{t("csv")}</Button>
        <Button variant="default" component="a" href={`/api/v1/jobs/${job.id}/results.coco.json`}>{t("coco")}</Button>
      </Group>
      <Problem error={list.error} onRetry={() => void list.refetch()} />
      {list.data && !rows.length && <Text size="sm" c="dimmed">{t("noResults")}</Text>}
      <div style={{ display: "grid", gridTemplateColumns: "repeat(auto-fill, minmax(180px, 1fr))", gap: 8 }}>
        {rows.map((row) => (
          <figure key={row.ref} style={{ margin: 0 }}>
            <div className="thumb" style={{ aspectRatio: "1" }}><img src={row.url} alt={row.path} loading="lazy" /></div>
            <figcaption className="small dim ellipsis">{row.path.split("/").at(-1)} · {row.error ?? t("found", { n: number(row.findings.length) })}</figcaption>
          </figure>
        ))}
      </div>
      {list.hasNextPage && <Group justify="center" mt="md"><Button variant="default" onClick={() => void list.fetchNextPage()}>{t("more", { ns: "frame" })}</Button></Group>}
    </>
  );
}
