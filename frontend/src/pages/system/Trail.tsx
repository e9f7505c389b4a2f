import { Button, Group, Table, TextInput } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { address, sameOrigin, send } from "../../api/client";
import type { AuditEntry, Page as ListPage } from "../../api/types";
import { Problem } from "../../parts/Problem";
import { Time } from "../../parts/Time";
import { actionWords } from "../../words/trail";

/** Who did what, newest first; every entry is chained to the one before it. */
export function Trail() {
  const { t } = useTranslation("system");
  const [actor, setActor] = useState("");
  const [subject, setSubject] = useState("");
  const list = useInfiniteQuery({
    queryKey: ["audit", actor, subject],
    queryFn: ({ pageParam }) => send<ListPage<AuditEntry>>("GET", pageParam ?? address("/audit", { actor, subject })),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next && sameOrigin(last.next),
  });
  const rows = list.data?.pages.flatMap((page) => page.results) ?? [];
  return (
    <>
      <Group mb="md">
        <TextInput placeholder={t("actor")} aria-label={t("actor")} value={actor} onChange={(e) => setActor(e.currentTarget.value)} />
        <TextInput placeholder={t("subjectMore")} aria-label={t("subject")} value={subject} onChange={(e) => setSubject(e.currentTarget.value)} />
      </Group>
      <Problem error={list.error} onRetry={() => void list.refetch()} />
      <div className="table-scroll panel">
        <Table>
          <Table.Thead><Table.Tr>{["at", "actor", "action", "subject", "change", "why"].map((each) => <Table.Th key={each}>{t(each)}</Table.Th>)}</Table.Tr></Table.Thead>
          <Table.Tbody>
            {rows.map((entry) => (
              <Table.Tr key={entry.id}>
                <Table.Td><Time at={entry.at} /></Table.Td>
                <Table.Td>{entry.actor}</Table.Td>
                <Table.Td title={entry.action}>{actionWords(entry.action)}</Table.Td>
                <Table.Td>{entry.subject}</Table.Td>
                <Table.Td><code className="small" style={{ wordBreak: "break-word" }}>{change(entry)}</code></Table.Td>
                <Table.Td>{entry.why}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {list.hasNextPage && <Group justify="center" mt="md"><Button variant="default" onClick={() => void list.fetchNextPage()}>{t("more", { ns: "frame" })}</Button></Group>}
    </>
  );
}

function change(entry: AuditEntry): string {
  const short = (value: unknown) => (value === null ? "" : JSON.stringify(value).slice(0, 120));
  return [short(entry.old), short(entry.new)].filter(Boolean).join(" → ");
}
