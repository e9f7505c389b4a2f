import { Button, Table, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import { api } from "../../api/client";
import type { Recipe } from "../../api/types";
import { Confirm } from "../../parts/Confirm";
import { Time } from "../../parts/Time";
import { Can } from "../../state/can";
import { refreshReleases } from "../models/useReleases";
import { changesOf } from "./ruleWords";

/** Every revision: what it changed, who saved it when, and which one is in force. */
export function Revisions({ recipes, onChange }: { recipes: Recipe[]; onChange: () => void }) {
  const { t } = useTranslation("products");
  const [releasing, setReleasing] = useState<Recipe | null>(null);
  const release = async (reason: string) => {
    await api.post(`/recipes/${releasing!.id}/release`, { reason });
    refreshReleases();
    onChange();
  };
  return (
    <>
      <h2 style={{ fontSize: 16, margin: "24px 0 8px" }}>{t("revisions")}</h2>
      {!recipes.length && <Text size="sm" c="dimmed">{t("noRevisions")}</Text>}
      {recipes.length > 0 && (
        <div className="panel table-scroll">
          <Table verticalSpacing="xs" className="rows roomy cards">
            <Table.Thead><Table.Tr>{["revision", "model", "changes", "note", "state", "when"].map((each) => <Table.Th key={each}>{t(each)}</Table.Th>)}<Table.Th /></Table.Tr></Table.Thead>
            <Table.Tbody>
              {recipes.map((each, index) => (
                <Table.Tr key={each.id}>
                  <Table.Td data-label={t("revision")}>{each.revision}</Table.Td>
                  <Table.Td data-label={t("model")}><Link className="link" to={`/models/${each.model}`}>#{each.model}</Link></Table.Td>
                  <Table.Td data-label={t("changes")} miw={260}>{changesOf(each, recipes[index + 1], t).map((words) => <div key={words}>{words}</div>)}</Table.Td>
                  <Table.Td data-label={t("note")}>{each.note || <span className="dim">–</span>}</Table.Td>
                  <Table.Td data-label={t("state")} className="nowrap">{each.state === "released" ? <b>{t("states.released")}</b> : t(`states.${each.state}`)}</Table.Td>
                  <Table.Td data-label={t("when")}><Time at={each.created_at} /><div className="dim small">{each.created_by}</div></Table.Td>
                  <Table.Td ta="right">{(each.state === "draft" || each.state === "retired") && <Can do="release"><Button size="xs" variant="default" onClick={() => setReleasing(each)}>{t("release")}</Button></Can>}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      {releasing && (
        <Confirm opened onClose={() => setReleasing(null)} reason={releasing.note || true} title={t("releaseTitle", { n: releasing.revision })} text={t("releaseText")} action={t("release")} waiting={t("waitWarm", { ns: "models" })} run={release} />
      )}
    </>
  );
}
