import { Button, Group, Pill, Select, TextInput } from "@mantine/core";
import { IconListSearch } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router-dom";
import { address, sameOrigin, send } from "../../api/client";
import { useDefectClasses } from "../../api/queries";
import type { InspectionRow, Page as ListPage } from "../../api/types";
import { useLive } from "../../live/useLive";
import { Empty } from "../../parts/Empty";
import { InspectionTable } from "../../parts/InspectionTable";
import { Page } from "../../parts/Page";
import { Problem } from "../../parts/Problem";
import { filterWords, verdictOptions } from "../../words/verdicts";

const FILTERS = ["verdict", "class", "outcome", "serial", "lot", "mode", "from", "to", "site", "line", "station", "product", "model"];

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
  const classes = useDefectClasses().data ?? [];
  useLive("board", () => list.data?.pages.length === 1 && void list.refetch());
  const set = (name: string, value: string | null) =>
    setSearch((old) => {
      const next = new URLSearchParams(old);
      if (value) next.set(name, value);
      else next.delete(name);
      return next;
    }, { replace: true });
  const rows = list.data?.pages.flatMap((page) => page.results) ?? [];
  const chips = FILTERS.filter((name) => search.get(name) && !["site", "line"].includes(name));
  return (
    <Page title={t("title")}>
      <Group gap="sm" mb="sm">
        <TextInput key={`s${search.get("serial")}`} placeholder={t("serial")} aria-label={t("serial")} defaultValue={search.get("serial") ?? ""}
          onBlur={(e) => set("serial", e.currentTarget.value.trim())}
          onKeyDown={(e) => e.key === "Enter" && set("serial", e.currentTarget.value.trim())} />
        <TextInput key={`l${search.get("lot")}`} placeholder={t("lot")} aria-label={t("lot")} defaultValue={search.get("lot") ?? ""}
          onBlur={(e) => set("lot", e.currentTarget.value.trim())}
          onKeyDown={(e) => e.key === "Enter" && set("lot", e.currentTarget.value.trim())} />
        <Select placeholder={t("verdict")} aria-label={t("verdict")} data={verdictOptions("OK", "NG", "REVIEW", "ERROR")} value={search.get("verdict")} onChange={(v) => set("verdict", v)} clearable w={130} />
        <Select placeholder={t("class")} aria-label={t("class")} data={classes.map((each) => each.name)} value={search.get("class")} onChange={(v) => set("class", v)} clearable searchable w={160} />
        <Select placeholder={t("outcomeFilter")} aria-label={t("outcomeFilter")} clearable w={170} value={search.get("outcome")} onChange={(v) => set("outcome", v)}
          data={["none", "real_defect", "false_call", "cannot_judge"].map((value) => ({ value, label: t(`outcome.${value}`) }))} />
      </Group>
      {chips.length > 0 && (
        <Group gap={6} mb="sm">
          {chips.map((name) => <Pill key={name} withRemoveButton onRemove={() => set(name, null)}>{t(name === "outcome" ? "outcomeFilter" : name)}: {filterWords(name, search.get(name)!)}</Pill>)}
        </Group>
      )}
      <Problem error={list.error} onRetry={() => void list.refetch()} />
      {list.data && rows.length === 0 ? (
        <Empty icon={IconListSearch} title={t("empty.title")} text={t("empty.text")} />
      ) : (
        <InspectionTable rows={rows} />
      )}
      {list.hasNextPage && (
        <Group justify="center" mt="md"><Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t("more", { ns: "frame" })}</Button></Group>
      )}
    </Page>
  );
}
