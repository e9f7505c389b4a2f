import { Table } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import type { SystemState } from "../../api/types";
import { Ago } from "../../parts/Time";
import { Shape } from "../../parts/Verdict";
import "../../parts/table.css";

const NEEDED = ["serve", "train", "batch", "io"];

/** The worker processes that are alive, and what stands still for want of one. */
export function Workers({ of }: { of: SystemState }) {
  const { t } = useTranslation("system");
  const there = new Set(of.workers.map((each) => each.kind));
  const missing = NEEDED.filter((kind) => !there.has(kind));
  return (
    <section className="panel" style={{ padding: 16 }}>
      <h2 style={{ margin: "0 0 8px", fontSize: 16 }}>{t("workers")}</h2>
      {missing.map((kind) => <p key={kind} className="worker"><Shape sign="ng" /> <b>{t(`worker.${kind}`)}</b> {t(`missing.${kind}`)}</p>)}
      {of.workers.length > 0 && (
        <div className="table-scroll">
          <Table className="cards">
            <Table.Tbody>
              {of.workers.map((each) => (
                <Table.Tr key={`${each.kind} ${each.name}`}>
                  <Table.Td className="nowrap"><span className="worker"><Shape sign="ok" /> <b>{t(`worker.${each.kind}`, { defaultValue: each.kind })}</b></span></Table.Td>
                  <Table.Td className="dim">{each.name}</Table.Td>
                  <Table.Td>{each.job ? <Link className="link" to={`/jobs/${each.job}`}>{t("onJob", { id: each.job })}</Link> : <span className="dim">{t("free")}</span>}</Table.Td>
                  <Table.Td>{[each.device.name, each.device.problem].filter(Boolean).map(String).join(" · ")}</Table.Td>
                  <Table.Td className="dim" ta="right"><Ago at={each.seen_at} /></Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      {Object.entries(of.models_broken).map(([id, why]) => <p key={id} className="worker"><Shape sign="ng" /> {t("brokenModel", { id })}: {why}</p>)}
    </section>
  );
}
