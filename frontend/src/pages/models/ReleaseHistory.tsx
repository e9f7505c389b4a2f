import { Button, Group, Table, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import { api, type Query } from "../../api/client";
import type { Release } from "../../api/types";
import { Confirm } from "../../parts/Confirm";
import { QueryState } from "../../parts/QueryState";
import { Time } from "../../parts/Time";
import { Can } from "../../state/can";
import { refreshReleases, useHistory } from "./useReleases";

/** What was in production when; an earlier release is put back in one click. */
export function ReleaseHistory({ narrowed }: { narrowed: Query }) {
  const { t } = useTranslation("models");
  const history = useHistory(narrowed);
  const [back, setBack] = useState<Release | null>(null);
  const words = back && { model: back.model, revision: back.revision, station: back.station_name, product: back.product_code };
  return (
    <QueryState query={history}>
      {({ pages }) => {
        const rows = pages.flatMap((page) => page.results);
        if (!rows.length) return <Text size="sm" c="dimmed">{t("noHistory")}</Text>;
        return (
          <>
            <div className="table-scroll panel">
              <Table verticalSpacing="xs" className="rows roomy cards">
                <Table.Thead><Table.Tr>{["place", "model", "from", "to", "reason"].map((each) => <Table.Th key={each}>{t(each)}</Table.Th>)}<Table.Th /></Table.Tr></Table.Thead>
                <Table.Tbody>{rows.map((each) => <Row key={each.id} release={each} onBack={() => setBack(each)} />)}</Table.Tbody>
              </Table>
            </div>
            {history.hasNextPage && <Group justify="center" mt="sm"><Button variant="default" loading={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>{t("more", { ns: "frame" })}</Button></Group>}
            {back && (
              <Confirm opened onClose={() => setBack(null)} reason={t("rollbackWhy", words!)} title={t("rollbackTitle", words!)} text={t("rollbackText", words!)} action={t("rollback", words!)} waiting={t("waitWarm")}
                run={async (reason) => { await api.post(`/releases/${back.id}/rollback`, { reason }); refreshReleases(); }} />
            )}
          </>
        );
      }}
    </QueryState>
  );
}

function Row({ release, onBack }: { release: Release; onBack: () => void }) {
  const { t } = useTranslation("models");
  const ended = release.at !== null && release.ended_at !== null;
  return (
    <Table.Tr>
      <Table.Td data-label={t("place")} miw={160}>{release.product_code} <span className="dim small">{release.line_name} / {release.station_name}</span></Table.Td>
      <Table.Td data-label={t("model")} className="nowrap"><Link className="link" to={`/models/${release.model}`}>#{release.model}</Link> <span className="dim small">{t("revision", { n: release.revision })}{release.kind === "rollback" && ` · ${t("wasRollback")}`}</span></Table.Td>
      <Table.Td data-label={t("from")}>{release.at ? <Time at={release.at} /> : <span className="dim">{t(release.ended_at ? "never" : "warming")}</span>}</Table.Td>
      <Table.Td data-label={t("to")}>{release.ended_at ? <Time at={release.ended_at} /> : release.at && <b>{t("now")}</b>}</Table.Td>
      <Table.Td data-label={t("reason")} miw={180}>{release.reason} <span className="dim small">{release.by}</span></Table.Td>
      <Table.Td ta="right">{ended && <Can do="release"><Button size="compact-xs" variant="default" onClick={onBack}>{t("putBack")}</Button></Can>}</Table.Td>
    </Table.Tr>
  );
}
