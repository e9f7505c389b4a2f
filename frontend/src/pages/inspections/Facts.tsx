import { Table } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import type { Inspection } from "../../api/types";
import { number } from "../../parts/format";
import { Time } from "../../parts/Time";
import { word } from "../../words/said";

/** Where, when, by which versions, how long. */
export function Facts({ inspection: of }: { inspection: Inspection }) {
  const { t } = useTranslation("inspections");
  const stages = Object.entries(of.latency_ms).filter(([name]) => name !== "total").map(([name, ms]) => `${word("times", name)} ${number(ms, 1)}`);
  const rows: [string, ReactNode][] = [
    ["station", `${of.line_name} / ${of.station_name}`],
    ["product", of.product_code],
    ["lot", of.lot],
    ["captured", <Time key="c" at={of.captured_at} line={of.line} named />],
    ["model", of.model && <Link className="link" to={`/models/${of.model}`}>{of.model_name} #{of.model}</Link>],
    ["recipe", of.recipe_revision && t("revision", { n: of.recipe_revision })],
    ["took", `${number(of.latency_ms.total)} ms${stages.length ? ` (${stages.join(", ")})` : ""}`],
    ["mode", word("modes", of.mode)],
    ["attempt", number(of.attempt)],
  ];
  return (
    <section className="panel" style={{ padding: 8 }}>
      <Table>
        <Table.Tbody>
          {rows.filter(([, value]) => value).map(([name, value]) => (
            <Table.Tr key={name}><Table.Td className="dim" w={110}>{t(name)}</Table.Td><Table.Td>{value}</Table.Td></Table.Tr>
          ))}
          {of.late && <Table.Tr><Table.Td className="dim">{t("late")}</Table.Td><Table.Td>{t("lateMore")}</Table.Td></Table.Tr>}
        </Table.Tbody>
      </Table>
    </section>
  );
}
