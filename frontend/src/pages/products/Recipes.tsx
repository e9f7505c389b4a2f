import { Button, Group, Select, Table, Text } from "@mantine/core";
import { IconScale } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router-dom";
import { api, everyPage } from "../../api/client";
import { useLines, useProducts, useStations } from "../../api/queries";
import type { Recipe } from "../../api/types";
import { Confirm } from "../../parts/Confirm";
import { Empty } from "../../parts/Empty";
import { QueryState } from "../../parts/QueryState";
import { Time } from "../../parts/Time";
import { Can } from "../../state/can";
import { rulesWords } from "../../words/verdicts";
import { RecipeEditor } from "./RecipeEditor";

/** How a product is judged at a station: every revision, and the next one. */
export function Recipes() {
  const { t } = useTranslation("products");
  const [search, setSearch] = useSearchParams();
  const stations = useStations().data ?? [];
  const lines = useLines().data ?? [];
  const products = useProducts().data ?? [];
  const station = search.get("station") ?? (stations[0] ? String(stations[0].id) : null);
  const product = search.get("product") ?? (products[0] ? String(products[0].id) : null);
  const list = useQuery({
    queryKey: ["recipes", station, product], enabled: Boolean(station && product),
    queryFn: () => everyPage<Recipe>("/recipes", { station, product }),
  });
  const [releasing, setReleasing] = useState<Recipe | null>(null);
  const set = (name: string, value: string | null) =>
    setSearch((old) => {
      const next = new URLSearchParams(old);
      next.set(name, value ?? "");
      return next;
    });
  if (!stations.length || !products.length) return <Empty icon={IconScale} title={t("noPlace.title")} text={t("noPlace.text")} />;
  return (
    <>
      <Group mb="md">
        <Select label={t("station")} value={station} onChange={(v) => set("station", v)} searchable data={stations.map((each) => ({ value: String(each.id), label: `${lines.find((line) => line.id === each.line)?.name ?? ""} / ${each.name}` }))} />
        <Select label={t("product")} value={product} onChange={(v) => set("product", v)} searchable data={products.map((each) => ({ value: String(each.id), label: each.code }))} />
      </Group>
      <QueryState query={list}>
        {(recipes) => (
          <>
            <RecipeEditor key={`${station}.${product}.${recipes[0]?.id ?? 0}`} station={Number(station)} product={Number(product)} last={recipes[0]} />
            <h2 style={{ fontSize: 16, marginTop: 24 }}>{t("revisions")}</h2>
            {!recipes.length && <Text size="sm" c="dimmed">{t("noRevisions")}</Text>}
            {recipes.length > 0 && (
              <div className="panel table-scroll">
                <Table>
                  <Table.Thead><Table.Tr>{["revision", "model", "rules", "note", "state", "when"].map((each) => <Table.Th key={each}>{t(each)}</Table.Th>)}<Table.Th /></Table.Tr></Table.Thead>
                  <Table.Tbody>
                    {recipes.map((each) => (
                      <Table.Tr key={each.id}>
                        <Table.Td>{each.revision}</Table.Td>
                        <Table.Td>#{each.model}</Table.Td>
                        <Table.Td>{each.words.length ? rulesWords(each) : t("byThreshold")}</Table.Td>
                        <Table.Td>{each.note}</Table.Td>
                        <Table.Td>{each.state === "released" ? <b>{t("states.released")}</b> : t(`states.${each.state}`)}</Table.Td>
                        <Table.Td><Time at={each.created_at} /> · {each.created_by}</Table.Td>
                        <Table.Td>{(each.state === "draft" || each.state === "retired") && <Can do="release"><Button size="xs" variant="default" onClick={() => setReleasing(each)}>{t("release")}</Button></Can>}</Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </div>
            )}
          </>
        )}
      </QueryState>
      <Confirm opened={releasing !== null} onClose={() => setReleasing(null)} reason title={t("releaseTitle", { n: releasing?.revision })} text={t("releaseText")} action={t("release")}
        run={async (reason) => { await api.post(`/recipes/${releasing!.id}/release`, { reason }); await list.refetch(); }} />
    </>
  );
}
