import { Group, Select } from "@mantine/core";
import { IconScale } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router-dom";
import { everyPage } from "../../api/client";
import { useLines, useProducts, useStations } from "../../api/queries";
import type { Product, Recipe, Station } from "../../api/types";
import { Empty } from "../../parts/Empty";
import { QueryState } from "../../parts/QueryState";
import { useScope } from "../../state/scope";
import { RecipeEditor } from "./RecipeEditor";
import { Revisions } from "./Revisions";
import "../../parts/table.css";
import "./recipe.css";

/** How a product is judged at a station: the next revision, and all before it. */
export function Recipes() {
  const { t } = useTranslation("products");
  const stations = useStations();
  const products = useProducts();
  return (
    <QueryState query={stations}>
      {(allStations) => (
        <QueryState query={products}>
          {(allProducts) => allStations.length && allProducts.length ? <Place stations={allStations} products={allProducts} /> : <Empty icon={IconScale} title={t("noPlace.title")} text={t("noPlace.text")} />}
        </QueryState>
      )}
    </QueryState>
  );
}

function Place({ stations, products }: { stations: Station[]; products: Product[] }) {
  const { t } = useTranslation("products");
  const [search, setSearch] = useSearchParams();
  const { site, line } = useScope();
  const lines = useLines().data ?? [];
  const standing = useQuery({ queryKey: ["recipes", "released"], queryFn: () => everyPage<Recipe>("/recipes", { state: "released" }) });
  const here = stations.filter((each) => (line === null || each.line === line) && (site === null || lines.find((own) => own.id === each.line)?.site === site));
  const offered = here.length ? here : stations;
  const usual = standing.data?.find((each) => offered.some((own) => own.id === each.station));
  const station = Number(search.get("station")) || usual?.station || offered[0]!.id;
  const product = Number(search.get("product")) || standing.data?.find((each) => each.station === station)?.product || products[0]!.id;
  const list = useQuery({
    queryKey: ["recipes", station, product], enabled: !standing.isPending,
    queryFn: () => everyPage<Recipe>("/recipes", { station, product }),
    refetchInterval: (query) => (query.state.data?.some((each) => each.state === "warming") ? 2000 : 30_000),
  });
  const set = (name: string, value: string | null) =>
    setSearch((old) => {
      const next = new URLSearchParams(old);
      next.set("station", String(station));
      next.set("product", String(product));
      if (value) next.set(name, value);
      return next;
    });
  return (
    <>
      <Group mb="md">
        <Select label={t("station")} value={String(station)} onChange={(v) => set("station", v)} searchable allowDeselect={false} data={offered.map((each) => ({ value: String(each.id), label: `${lines.find((own) => own.id === each.line)?.name ?? ""} / ${each.name}` }))} />
        <Select label={t("product")} value={String(product)} onChange={(v) => set("product", v)} searchable allowDeselect={false} data={products.map((each) => ({ value: String(each.id), label: `${each.code} ${each.name}` }))} />
      </Group>
      <QueryState query={list}>
        {(recipes) => {
          const start = recipes.find((each) => each.state === "draft" && each.revision === recipes[0]?.revision) ?? recipes.find((each) => each.state === "released") ?? recipes[0];
          return (
            <>
              <RecipeEditor key={`${station}.${product}`} station={station} product={product} last={start} next={(recipes[0]?.revision ?? 0) + 1} />
              <Revisions recipes={recipes} onChange={() => void list.refetch()} />
            </>
          );
        }}
      </QueryState>
    </>
  );
}
