import { ActionIcon, Button, Group, Select, Skeleton, Tabs, Text } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { address, everyPage, sameOrigin, send } from "../../api/client";
import type { Dataset, Page, Sample } from "../../api/types";
import { number } from "../../parts/format";
import { Problem } from "../../parts/Problem";
import { Drop } from "../../upload/Drop";
import type { Named } from "../../upload/files";
import { IMAGE } from "../../parts/images";

/** An image of the new class: a file that is still to be sent, or one that a dataset has. */
export interface Chosen { path: string; file?: File; sha256?: string; url?: string }
interface Props { chosen: Chosen[]; onChange: (chosen: Chosen[]) => void }

export const MOST = 20;
/** The 1 to 20 images that make the class, and where they come from. */
export function Images({ chosen, onChange }: Props) {
  const { t } = useTranslation("extend");
  const [left, setLeft] = useState(0);
  const add = (some: Chosen[]) => {
    const fresh = some.filter((one) => !chosen.some((each) => isSame(each, one)));
    setLeft(Math.max(0, chosen.length + fresh.length - MOST));
    onChange([...chosen, ...fresh].slice(0, MOST));
  };
  const remove = (one: Chosen) => {
    setLeft(0);
    onChange(chosen.filter((each) => !isSame(each, one)));
  };
  const files = (named: Named[]) => add(named.filter(({ path }) => IMAGE.test(path)).map(({ path, file }) => ({ path, file })));
  return (
    <section className="panel new-class-images">
      <Group justify="space-between" mb="xs"><h2 className="panel-title">{t("images")}</h2><Text size="sm" c="dimmed" role="status">{t("count", { n: number(chosen.length), most: number(MOST) })}</Text></Group>
      {chosen.length > 0 && <div className="chosen">{chosen.map((one) => <Picture key={one.sha256 ?? one.path} one={one} onRemove={() => remove(one)} />)}</div>}
      {left > 0 && <Text size="sm" c="var(--ng-ink)" role="alert" mb="xs">{t("tooMany", { n: number(left), most: number(MOST) })}</Text>}
      <Tabs defaultValue="files">
        <Tabs.List mb="sm"><Tabs.Tab value="files">{t("fromFiles")}</Tabs.Tab><Tabs.Tab value="dataset">{t("fromDataset")}</Tabs.Tab></Tabs.List>
        <Tabs.Panel value="files"><Drop compact title={t("drop")} more={t("dropMore")} onFiles={files} /></Tabs.Panel>
        <Tabs.Panel value="dataset"><FromDataset chosen={chosen} onAdd={(one) => add([one])} onRemove={remove} /></Tabs.Panel>
      </Tabs>
    </section>
  );
}

const isSame = (a: Chosen, b: Chosen) => (a.sha256 && b.sha256 ? a.sha256 === b.sha256 : a.path === b.path && a.file?.size === b.file?.size);

function Picture({ one, onRemove }: { one: Chosen; onRemove: () => void }) {
  const { t } = useTranslation("extend");
  const local = useMemo(() => (one.file ? URL.createObjectURL(one.file) : null), [one.file]);
  useEffect(() => () => { if (local) URL.revokeObjectURL(local); }, [local]);
  return (
    <figure className="picked" title={one.path}>
      <span className="thumb"><img src={local ?? one.url} alt={one.path} /></span>
      <ActionIcon className="picked-off" size="sm" variant="filled" color="dark" aria-label={t("remove", { name: one.path })} onClick={onRemove}><IconX size={14} /></ActionIcon>
    </figure>
  );
}

const PAGE = 48;

function FromDataset({ chosen, onAdd, onRemove }: { chosen: Chosen[]; onAdd: (one: Chosen) => void; onRemove: (one: Chosen) => void }) {
  const { t } = useTranslation("extend");
  const [dataset, setDataset] = useState<string | null>(null);
  const [name, setName] = useState<string | null>(null);
  const datasets = useQuery({ queryKey: ["datasets"], queryFn: () => everyPage<Dataset>("/datasets") });
  const known = datasets.data?.find((each) => String(each.id) === dataset);
  const list = useInfiniteQuery({
    queryKey: ["pick", dataset, name], enabled: dataset !== null,
    queryFn: ({ pageParam, signal }) => send<Page<Sample>>("GET", pageParam ?? address(`/datasets/${dataset}/samples`, { class: name, limit: PAGE }), undefined, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next && sameOrigin(last.next),
  });
  const samples = list.data?.pages.flatMap((page) => page.results) ?? [];
  return (
    <>
      <Group gap="sm" mb="sm" grow>
        <Select aria-label={t("dataset")} placeholder={t("dataset")} value={dataset} onChange={(next) => { setDataset(next); setName(null); }} searchable data={datasets.data?.map((each) => ({ value: String(each.id), label: `${each.name} (${number(each.summary.samples)})` })) ?? []} />
        <Select aria-label={t("classFilter")} placeholder={t("classFilter")} clearable searchable disabled={!known} value={name} onChange={setName} data={known?.summary.classes.map((each) => each.name) ?? []} />
      </Group>
      <Problem error={datasets.error ?? list.error} onRetry={() => void (datasets.error ? datasets : list).refetch()} />
      {dataset && list.isPending && <div className="chosen">{Array.from({ length: 8 }, (_, n) => <Skeleton key={n} style={{ aspectRatio: "1" }} />)}</div>}
      {list.data && !samples.length && <Text size="sm" c="dimmed">{t("noImages")}</Text>}
      <div className="chosen">{samples.map((sample) => <Pickable key={sample.id} sample={sample} chosen={chosen} onAdd={onAdd} onRemove={onRemove} />)}</div>
      {list.hasNextPage && <Group justify="center" mt="sm"><Button size="xs" variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t("more", { ns: "frame" })}</Button></Group>}
    </>
  );
}

function Pickable({ sample, chosen, onAdd, onRemove }: { sample: Sample; chosen: Chosen[]; onAdd: (one: Chosen) => void; onRemove: (one: Chosen) => void }) {
  const image = sample.images.rgb;
  if (!image) return null;
  const on = chosen.some((each) => each.sha256 === image.sha256);
  const one = { path: sample.path, sha256: image.sha256, url: image.thumbnail_url ?? image.url };
  return (
    <button type="button" className="quiet-button pickable" aria-pressed={on} title={sample.path} onClick={() => (on ? onRemove(one) : onAdd(one))}>
      <span className="thumb"><img src={one.url} alt={sample.path} loading="lazy" decoding="async" /></span>
    </button>
  );
}
