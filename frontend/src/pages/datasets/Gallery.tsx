import { Button, Group, Select, Skeleton, Text } from "@mantine/core";
import { IconPhoto, IconRefresh, IconSparkles } from "@tabler/icons-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router-dom";
import type { Dataset, Sample } from "../../api/types";
import { Empty } from "../../parts/Empty";
import { number } from "../../parts/format";
import { Problem } from "../../parts/Problem";
import { changedBy } from "../../state/search";
import { OpenSample } from "./OpenSample";
import { useGrid } from "./useGrid";
import { type SampleFilters, totalOf, useSamples } from "./useSamples";
import "./gallery.css";

/** A virtual grid: only what is on screen is in the page, however many images there are. */
export function Gallery({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation("datasets");
  const [search, setSearch] = useSearchParams();
  const filters = { class: search.get("class"), split: search.get("split"), annotated: search.get("annotated"), synthetic: search.get("synthetic") };
  const { list, samples, more, changed, refresh } = useSamples(dataset, filters);
  const { ref, grid, columns } = useGrid(samples.length, more);
  const total = totalOf(dataset, filters, samples.length, !list.hasNextPage);
  const counted = t(total === null ? "shownMore" : "shown", { n: number(samples.length), total: number(total) });
  return (
    <>
      <Filters dataset={dataset} filters={filters} beside={samples.length > 0 && <Text size="sm" c="dimmed" role="status">{counted}</Text>}>
        {changed && <Button variant="light" leftSection={<IconRefresh size={16} />} onClick={refresh}>{t("showNew")}</Button>}
      </Filters>
      {list.isPending && <Waiting />}
      {list.data && !samples.length && <Nothing filtered={Object.values(filters).some(Boolean)} onUpload={() => setSearch({ tab: "imports" })} onAll={() => setSearch({})} />}
      <div ref={ref} style={{ position: "relative", height: grid.getTotalSize() }}>
        {grid.getVirtualItems().map((row) => (
          <div key={row.key} className="gallery-row" style={{ transform: `translateY(${row.start - grid.options.scrollMargin}px)`, gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
            {samples.slice(row.index * columns, (row.index + 1) * columns).map((sample) => <Cell key={sample.id} sample={sample} search={search} />)}
          </div>
        ))}
      </div>
      {list.isFetchingNextPage && <Text size="sm" c="dimmed" ta="center" py="sm">{t("loadingMore")}</Text>}
      <Problem error={list.error} onRetry={() => void (list.data ? list.fetchNextPage() : list.refetch())} />
      <OpenSample samples={samples} total={total} onNear={more} />
    </>
  );
}

function Filters({ dataset, filters, beside, children }: { dataset: Dataset; filters: SampleFilters; beside: React.ReactNode; children: React.ReactNode }) {
  const { t } = useTranslation("datasets");
  const [, setSearch] = useSearchParams();
  const set = (name: string) => (value: string | null) => setSearch((old) => changedBy(old, name, value));
  return (
    <Group mb="md" gap="sm" className="gallery-filters">
      <Select placeholder={t("class")} aria-label={t("class")} clearable searchable value={filters.class} onChange={set("class")} data={dataset.summary.classes.map((each) => each.name)} />
      <Select placeholder={t("split")} aria-label={t("split")} clearable value={filters.split} onChange={set("split")} data={["train", "val", "test", "none"].map((value) => ({ value, label: t(`splits.${value}`) }))} />
      <Select placeholder={t("annotatedFilter")} aria-label={t("annotatedFilter")} clearable value={filters.annotated} onChange={set("annotated")} data={["true", "false"].map((value) => ({ value, label: t(`annotatedIs.${value}`) }))} />
      {dataset.summary.synthetic > 0 && <Select placeholder={t("syntheticFilter")} aria-label={t("syntheticFilter")} clearable value={filters.synthetic} onChange={set("synthetic")} data={["true", "false"].map((value) => ({ value, label: t(`syntheticIs.${value}`) }))} />}
      {beside}
      {children}
    </Group>
  );
}

function Nothing({ filtered, onUpload, onAll }: { filtered: boolean; onUpload: () => void; onAll: () => void }) {
  const { t } = useTranslation("datasets");
  const action = filtered ? <Button variant="default" onClick={onAll}>{t("allImages")}</Button> : <Button onClick={onUpload}>{t("upload")}</Button>;
  return <Empty icon={IconPhoto} title={t(filtered ? "noMatch.title" : "noImages.title")} text={t(filtered ? "noMatch.text" : "noImages.text")} action={action} />;
}

function Waiting() {
  return <div className="gallery-waiting">{Array.from({ length: 12 }, (_, n) => <Skeleton key={n} className="thumb" />)}</div>;
}

/** What a generator drew is never taken for a photograph. */
function SyntheticMark() {
  const { t } = useTranslation("datasets");
  return <span className="tile-mark"><IconSparkles size={12} aria-hidden />{t("syntheticMark")}</span>;
}

const Cell = memo(function Cell({ sample, search }: { sample: Sample; search: URLSearchParams }) {
  const image = sample.images.rgb ?? Object.values(sample.images)[0];
  const classes = [...new Set(sample.annotations.map((each) => each.class))].join(", ");
  const name = sample.path.split("/").at(-1);
  const further = Object.keys(sample.images).filter((modality) => modality !== "rgb");
  return (
    <Link className="gallery-cell" to={{ search: changedBy(search, "sample", String(sample.id)).toString() }} title={sample.path}>
      <span className="thumb"><img src={image?.thumbnail_url ?? image?.url} alt="" loading="lazy" decoding="async" />{sample.synthetic && <SyntheticMark />}{further.length > 0 && <span className="tile-mark further-mark">{further.join(" · ")}</span>}</span>
      <span className="small ellipsis">{classes || name}</span>
      {classes && <span className="small dim ellipsis">{name}</span>}
    </Link>
  );
});
