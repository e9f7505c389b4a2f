import { Button, Group, Skeleton, Stack } from "@mantine/core";
import { IconListSearch } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router-dom";
import { address, sameOrigin, send } from "../../api/client";
import type { InspectionRow, Page as ListPage } from "../../api/types";
import { useLive } from "../../live/useLive";
import { Empty } from "../../parts/Empty";
import { InspectionTable } from "../../parts/InspectionTable";
import { Page } from "../../parts/Page";
import { Problem } from "../../parts/Problem";
import { Chips } from "./Chips";
import { FilterBar } from "./FilterBar";
import { FILTERS, useChips } from "./filters";
import "./inspections.css";

function useInspections(search: URLSearchParams) {
  const query = Object.fromEntries(FILTERS.map((name) => [name, search.get(name)]));
  return useInfiniteQuery({
    queryKey: ["inspections", query],
    queryFn: ({ pageParam, signal }) => send<ListPage<InspectionRow>>("GET", pageParam ?? address("/inspections", query), undefined, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next && sameOrigin(last.next),
  });
}

/** Where is unit SN-123? */
export default function Inspections() {
  const { t } = useTranslation("inspections");
  const [search, setSearch] = useSearchParams();
  const list = useInspections(search);
  const chips = useChips(search);
  useLive("board", () => list.data?.pages.length === 1 && list.refetch({ cancelRefetch: false }));
  const change = (values: Record<string, string | null>) =>
    setSearch((old) => {
      const next = new URLSearchParams(old);
      for (const [name, value] of Object.entries(values)) {
        if (value) next.set(name, value);
        else next.delete(name);
      }
      return next;
    });
  const clear = () => change(Object.fromEntries(chips.map(({ name }) => [name, null])));
  return (
    <Page title={t("title")}>
      <FilterBar search={search} set={(name, value) => change({ [name]: value })} />
      <Chips chips={chips} onRemove={(name) => change({ [name]: null })} onClear={clear} />
      <Problem error={list.error} onRetry={() => void list.refetch()} />
      <Rows list={list} onClear={chips.length ? clear : undefined} />
    </Page>
  );
}

function Rows({ list, onClear }: { list: ReturnType<typeof useInspections>; onClear?: () => void }) {
  const { t } = useTranslation("inspections");
  if (!list.data) return list.error ? null : <Stack gap={4}>{[1, 2, 3, 4, 5, 6, 7, 8].map((n) => <Skeleton key={n} height={36} />)}</Stack>;
  const rows = list.data.pages.flatMap((page) => page.results);
  const action = onClear && <Button variant="default" onClick={onClear}>{t("clear")}</Button>;
  if (!rows.length) return <Empty icon={IconListSearch} title={t("empty.title")} text={t("empty.text")} action={action} />;
  return (
    <>
      <InspectionTable rows={rows} />
      {list.hasNextPage && (
        <Group justify="center" mt="md"><Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t("more", { ns: "frame" })}</Button></Group>
      )}
    </>
  );
}
