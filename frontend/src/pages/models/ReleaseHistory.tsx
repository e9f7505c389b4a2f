import { Button, Table, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import { api } from "../../api/client";
import type { Release } from "../../api/types";
import { Confirm } from "../../parts/Confirm";
import { Time } from "../../parts/Time";
import { Can } from "../../state/can";

/** What was in production when; an earlier release is put back in one click and a reason. */
export function ReleaseHistory({ releases, onChange }: { releases: Release[]; onChange: () => void }) {
  const { t } = useTranslation("models");
  const [back, setBack] = useState<Release | null>(null);
  if (!releases.length) return <Text size="sm" c="dimmed">{t("noHistory")}</Text>;
  return (
    <div className="table-scroll panel">
      <Table>
        <Table.Thead><Table.Tr>{["place", "model", "from", "to", "reason"].map((each) => <Table.Th key={each}>{t(each)}</Table.Th>)}<Table.Th /></Table.Tr></Table.Thead>
        <Table.Tbody>
          {releases.map((each) => (
            <Table.Tr key={each.id}>
              <Table.Td>{each.line_name} / {each.station_name} · {each.product_code}</Table.Td>
              <Table.Td><Link className="link" to={`/models/${each.model}`}>#{each.model}</Link> <span className="dim small">{t("revision", { n: each.revision })}</span></Table.Td>
              <Table.Td>{each.at ? <Time at={each.at} /> : t(each.ended_at ? "never" : "warming")}</Table.Td>
              <Table.Td>{each.ended_at ? <Time at={each.ended_at} /> : each.at && <b>{t("now")}</b>}</Table.Td>
              <Table.Td>{each.reason} <span className="dim small">{each.by}</span></Table.Td>
              <Table.Td>
                {each.ended_at && each.at && <Can do="release"><Button size="xs" variant="default" onClick={() => setBack(each)}>{t("rollback")}</Button></Can>}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Confirm opened={back !== null} onClose={() => setBack(null)} reason title={t("rollbackTitle", { model: back?.model })}
        text={back && t("rollbackText", { station: back.station_name, product: back.product_code })} action={t("rollback")}
        run={async (reason) => { await api.post(`/releases/${back!.id}/rollback`, { reason }); onChange(); }} />
    </div>
  );
}
