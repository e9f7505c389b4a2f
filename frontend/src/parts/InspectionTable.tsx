import { Table } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import { useProducts, useStations } from "../api/queries";
import type { InspectionRow } from "../api/types";
import { reasonsWords } from "../words/verdicts";
import { number } from "./format";
import { Time } from "./Time";
import { Verdict } from "./Verdict";
import "./table.css";

/** Inspections in 36-px rows: thumbnail, verdict, reasons, serial, lot, station, time, ms. */
export function InspectionTable({ rows, dense = false }: { rows: InspectionRow[]; dense?: boolean }) {
  const { t } = useTranslation("inspections");
  const stations = useStations().data ?? [];
  const products = useProducts().data ?? [];
  const heads = ["verdict", "reasons", "serial", ...(dense ? [] : ["lot", "station", "product"]), "captured", ...(dense ? [] : ["ms"])];
  return (
    <div className="table-scroll panel">
      <Table className="rows" highlightOnHover stickyHeader stickyHeaderOffset={0}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={48} aria-label={t("image")} />
            {heads.map((name) => <Table.Th key={name}>{t(name)}</Table.Th>)}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.id} data-verdict={row.verdict}>
              <Table.Td p={2}>
                {row.thumbnail_url && <span className="thumb row-thumb"><img src={row.thumbnail_url} alt="" loading="lazy" /></span>}
              </Table.Td>
              <Table.Td><Verdict verdict={row.verdict} />{row.outcome && <span className="small dim"> {t(`outcome.${row.outcome}`)}</span>}</Table.Td>
              <Table.Td className="reasons">{reasonsWords(row.reasons)}</Table.Td>
              <Table.Td><Link className="link row-link" to={`/inspections/${row.id}`}>{row.serial || row.id.slice(-8)}</Link></Table.Td>
              {!dense && <Table.Td>{row.lot}</Table.Td>}
              {!dense && <Table.Td>{stations.find((each) => each.id === row.station)?.name}</Table.Td>}
              {!dense && <Table.Td>{products.find((each) => each.id === row.product)?.code}</Table.Td>}
              <Table.Td><Time at={row.captured_at} /></Table.Td>
              {!dense && <Table.Td ta="right">{number(row.latency_ms.total)}</Table.Td>}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
