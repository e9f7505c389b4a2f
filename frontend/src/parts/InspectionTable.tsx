import { Table } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import { useLines, useProducts, useSites, useStations } from "../api/queries";
import type { InspectionRow } from "../api/types";
import { reasonsWords } from "../words/verdicts";
import { number } from "./format";
import { Time } from "./Time";
import { Verdict } from "./Verdict";
import "./table.css";

/** Inspections in 36-px rows: thumbnail, verdict, reasons, serial, lot, station, time, ms. On a phone two lines each. */
export function InspectionTable({ rows, dense = false }: { rows: InspectionRow[]; dense?: boolean }) {
  const { t } = useTranslation("inspections");
  const zone = useSharedZone(rows);
  const heads = ["verdict", "reasons", "serial", ...(dense ? [] : ["lot", "station", "product"]), "captured", ...(dense ? [] : ["ms"])];
  return (
    <div className="table-scroll panel">
      <Table className="rows inspections" highlightOnHover stickyHeader stickyHeaderOffset={0} data-dense={dense}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={48} aria-label={t("image")} />
            {heads.map((name) => <Table.Th key={name} data-cell={name}>{t(name)}{name === "captured" && zone && <span className="zone"> {zone}</span>}</Table.Th>)}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{rows.map((row) => <Row key={row.id} row={row} dense={dense} named={!zone} />)}</Table.Tbody>
      </Table>
    </div>
  );
}

/** The zone of all these rows, null where they differ. */
function useSharedZone(rows: InspectionRow[]): string | null {
  const sites = useSites().data ?? [];
  const lines = useLines().data ?? [];
  const of = new Set(rows.map((row) => row.line));
  const zones = new Set(lines.filter((line) => of.has(line.id)).map((line) => sites.find((site) => site.id === line.site)?.timezone));
  return zones.size === 1 ? ([...zones][0] ?? null) : null;
}

function Row({ row, dense, named }: { row: InspectionRow; dense: boolean; named: boolean }) {
  const { t } = useTranslation("inspections");
  const station = (useStations().data ?? []).find((each) => each.id === row.station)?.name;
  const product = (useProducts().data ?? []).find((each) => each.id === row.product)?.code;
  return (
    <Table.Tr data-verdict={row.verdict}>
      <Table.Td p={2} data-cell="thumb">
        {row.thumbnail_url && <span className="thumb row-thumb"><img src={row.thumbnail_url} alt="" loading="lazy" /></span>}
      </Table.Td>
      <Table.Td data-cell="verdict"><Verdict verdict={row.verdict} />{row.outcome && <span className="small dim"> {t(`outcome.${row.outcome}`)}</span>}</Table.Td>
      <Table.Td data-cell="reasons" className="reasons">{reasonsWords(row.reasons)}</Table.Td>
      <Table.Td data-cell="serial"><Link className="link row-link" to={`/inspections/${row.id}`}>{row.serial || row.id.slice(-8)}</Link></Table.Td>
      {!dense && <Table.Td data-cell="lot">{row.lot}</Table.Td>}
      {!dense && <Table.Td data-cell="station">{station}</Table.Td>}
      {!dense && <Table.Td data-cell="product">{product}</Table.Td>}
      <Table.Td data-cell="captured"><Time at={row.captured_at} line={row.line} named={named} /></Table.Td>
      {!dense && <Table.Td data-cell="ms" ta="right">{number(row.latency_ms.total)}</Table.Td>}
    </Table.Tr>
  );
}
