import { Button, Checkbox, Group, Skeleton, Stack, Table, TextInput } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { IconListSearch } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router-dom";
import { address, sameOrigin, send } from "../../api/client";
import type { AuditEntry, Page as ListPage } from "../../api/types";
import { Empty } from "../../parts/Empty";
import { Problem } from "../../parts/Problem";
import { Time } from "../../parts/Time";
import { actionWords } from "../../words/trail";

const PRODUCT = "(kizu)"; // the actor of what nobody asked for

/** Who did what, newest first; every entry is chained to the one before it. */
export function Trail() {
  const { t } = useTranslation("system");
  const [search, setSearch] = useSearchParams();
  const actor = search.get("actor") ?? "";
  const subject = search.get("subject") ?? "";
  const machine = search.get("machine") === "true" ? "true" : "";
  const set = (name: string, value: string) =>
    setSearch((old) => {
      const next = new URLSearchParams(old);
      if (value.trim()) next.set(name, value.trim());
      else next.delete(name);
      return next;
    }, { replace: true });
  const list = useInfiniteQuery({
    queryKey: ["audit", actor, subject, machine],
    queryFn: ({ pageParam }) => send<ListPage<AuditEntry>>("GET", pageParam ?? address("/audit", { actor, subject, machine })),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next && sameOrigin(last.next),
  });
  const rows = list.data?.pages.flatMap((page) => page.results) ?? [];
  return (
    <>
      <Group mb="md">
        <Asked label={t("actor")} now={actor} take={(value) => set("actor", value)} />
        <Asked label={t("subjectMore")} now={subject} take={(value) => set("subject", value)} />
        <Checkbox label={t("machine")} checked={!!machine} onChange={(e) => set("machine", e.currentTarget.checked ? "true" : "")} />
      </Group>
      <Problem error={list.error} onRetry={() => void list.refetch()} />
      {!list.data && !list.error && <Stack gap={4}>{[1, 2, 3, 4, 5].map((n) => <Skeleton key={n} height={36} />)}</Stack>}
      {list.data && !rows.length && <Empty icon={IconListSearch} title={t("noTrail")} text={t("noTrailMore")} />}
      {rows.length > 0 && <div className="table-scroll panel">
        <Table className="cards">
          <Table.Thead><Table.Tr>{["at", "actor", "action", "subject", "change", "why"].map((each) => <Table.Th key={each}>{t(each)}</Table.Th>)}</Table.Tr></Table.Thead>
          <Table.Tbody>
            {rows.map((entry) => (
              <Table.Tr key={entry.id}>
                <Table.Td><Time at={entry.at} named /></Table.Td>
                <Table.Td className="nowrap" data-label={t("actor")}>{entry.actor === PRODUCT ? t("product") : entry.actor}</Table.Td>
                <Table.Td title={entry.action} data-label={t("action")}>{actionWords(entry.action)}</Table.Td>
                <Table.Td data-label={t("subject")}>{entry.subject}</Table.Td>
                <Table.Td data-label={t("change")}><code className="small" style={{ wordBreak: "break-word" }}>{change(entry)}</code></Table.Td>
                {entry.why ? <Table.Td data-label={t("why")}>{entry.why}</Table.Td> : <Table.Td />}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>}
      {list.hasNextPage && <Group justify="center" mt="md"><Button variant="default" onClick={() => void list.fetchNextPage()}>{t("more", { ns: "frame" })}</Button></Group>}
    </>
  );
}

/** A filter, taken over on Enter and on leaving. */
function Asked({ label, now, take }: { label: string; now: string; take: (value: string) => void }) {
  return (
    <TextInput key={now} placeholder={label} aria-label={label} defaultValue={now} w={240}
      onBlur={(e) => e.currentTarget.value !== now && take(e.currentTarget.value)}
      onKeyDown={(e) => e.key === "Enter" && take(e.currentTarget.value)} />
  );
}

function change(entry: AuditEntry): string {
  const short = (value: unknown) => (value === null ? "" : JSON.stringify(value).slice(0, 120));
  return [short(entry.old), short(entry.new)].filter(Boolean).join(" → ");
}
