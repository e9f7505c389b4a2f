import { Button, Group, Select } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { IconPhoto } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router-dom";
import { address, sameOrigin, send } from "../../api/client";
import type { Dataset, Page as ListPage, Sample } from "../../api/types";
import { Empty } from "../../parts/Empty";
import { Problem } from "../../parts/Problem";
import { SampleDialog } from "./SampleDialog";
import "./gallery.css";

const CELL = 168;

/** A virtual grid: only what is on screen is in the page, however many images there are. */
export function Gallery({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation("datasets");
  const [search, setSearch] = useSearchParams();
  const asked = { class: search.get("class"), split: search.get("split"), annotated: search.get("annotated"), limit: 200 };
  const list = useInfiniteQuery({
    queryKey: ["samples", dataset.id, asked],
    queryFn: ({ pageParam }) => send<ListPage<Sample>>("GET", pageParam ?? address(`/datasets/${dataset.id}/samples`, asked)),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next && sameOrigin(last.next),
  });
  const samples = list.data?.pages.flatMap((page) => page.results) ?? [];
  const { ref, width } = useElementSize();
  const columns = Math.max(2, Math.floor((width + 8) / CELL));
  const rows = Math.ceil(samples.length / columns);
  const grid = useWindowVirtualizer({ count: rows, estimateSize: () => width / columns + 28, overscan: 4 });
  const last = grid.getVirtualItems().at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows && last >= rows - 3 && list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
  }, [last, rows, list]);
  const [open, setOpen] = useState<number | null>(null);
  const set = (name: string, value: string | null) =>
    setSearch((old) => {
      const next = new URLSearchParams(old);
      if (value) next.set(name, value);
      else next.delete(name);
      return next;
    });
  const none = list.data && samples.length === 0;
  return (
    <>
      <Group mb="md" gap="sm">
        <Select placeholder={t("class")} aria-label={t("class")} clearable searchable value={asked.class} onChange={(v) => set("class", v)} data={dataset.summary.classes.map((each) => each.name)} />
        <Select placeholder={t("split")} aria-label={t("split")} clearable value={asked.split} onChange={(v) => set("split", v)} data={["train", "val", "test", "none"].map((value) => ({ value, label: t(`splits.${value}`) }))} />
        <Select placeholder={t("annotatedFilter")} aria-label={t("annotatedFilter")} clearable value={asked.annotated} onChange={(v) => set("annotated", v)} data={["true", "false"].map((value) => ({ value, label: t(`annotatedIs.${value}`) }))} />
      </Group>
      <Problem error={list.error} onRetry={() => void list.refetch()} />
      {none && <Empty icon={IconPhoto} title={t("noImages.title")} text={t("noImages.text")} action={<Button onClick={() => setSearch({ tab: "imports" })}>{t("upload")}</Button>} />}
      <div ref={ref} style={{ position: "relative", height: grid.getTotalSize() }}>
        {grid.getVirtualItems().map((row) => (
          <div key={row.key} className="gallery-row" style={{ transform: `translateY(${row.start - grid.options.scrollMargin}px)`, gridTemplateColumns: `repeat(${columns}, 1fr)` }}>
            {samples.slice(row.index * columns, (row.index + 1) * columns).map((sample, index) => (
              <Cell key={sample.id} sample={sample} onOpen={() => setOpen(row.index * columns + index)} />
            ))}
          </div>
        ))}
      </div>
      {open !== null && samples[open] && (
        <SampleDialog sample={samples[open]} onClose={() => setOpen(null)} onStep={(by) => setOpen(Math.min(samples.length - 1, Math.max(0, open + by)))} />
      )}
    </>
  );
}

function Cell({ sample, onOpen }: { sample: Sample; onOpen: () => void }) {
  const image = sample.images.rgb ?? Object.values(sample.images)[0];
  return (
    <button type="button" className="quiet-button gallery-cell" onClick={onOpen} title={sample.path}>
      <span className="thumb"><img src={image?.thumbnail_url ?? image?.url} alt="" loading="lazy" /></span>
      <span className="small dim ellipsis">{sample.annotations.length ? [...new Set(sample.annotations.map((each) => each.class))].join(", ") : sample.path.split("/").at(-1)}</span>
    </button>
  );
}
