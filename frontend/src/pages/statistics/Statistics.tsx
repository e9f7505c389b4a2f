import { Group, SegmentedControl, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router-dom";
import { api } from "../../api/client";
import { queryClient, useProducts, useStations } from "../../api/queries";
import type { Pareto, Summary, Trend } from "../../api/types";
import { useLive } from "../../live/useLive";
import { Page } from "../../parts/Page";
import { QueryState } from "../../parts/QueryState";
import { Time } from "../../parts/Time";
import { useScope } from "../../state/scope";
import { drillFrom } from "./drill";
import { Figures } from "./Figures";
import { ParetoChart } from "./ParetoChart";
import { periodOf, PERIODS } from "./period";
import { TrendChart } from "./TrendChart";

/** How good are we, what changed? */
export default function Statistics() {
  const { t } = useTranslation("statistics");
  const [search, setSearch] = useSearchParams();
  const scope = useScope();
  const period = search.get("period") ?? "24h";
  const truth = search.get("truth") ?? "final";
  const ask = {
    ...periodOf(period), truth, site: scope.site, line: scope.line,
    station: search.get("station"), product: search.get("product"),
  };
  const key = ["statistics", period, truth, scope.site, scope.line, ask.station, ask.product];
  const summary = useQuery({ queryKey: [...key, "summary"], queryFn: () => api.get<Summary>("/statistics/summary", ask), refetchInterval: 30_000 });
  const trend = useQuery({ queryKey: [...key, "trend"], queryFn: () => api.get<Trend>("/statistics/trend", ask), refetchInterval: 30_000 });
  const pareto = useQuery({ queryKey: [...key, "pareto"], queryFn: () => api.get<Pareto>("/statistics/pareto", ask), refetchInterval: 30_000 });
  useLive("board", () => queryClient.invalidateQueries({ queryKey: key }, { cancelRefetch: false }), { gap: 2000, only: "line.state" });
  const set = (name: string, value: string | null) =>
    setSearch((old) => {
      const next = new URLSearchParams(old);
      if (value) next.set(name, value);
      else next.delete(name);
      return next;
    });
  const stations = (useStations().data ?? []).filter((each) => scope.line === null || each.line === scope.line);
  const products = useProducts().data ?? [];
  const drill = drillFrom(search, ask.from);
  return (
    <Page title={t("title")} beside={summary.data && <span className="dim small">{t("asOf")} <Time at={summary.data.as_of} short named /></span>}>
      <Group mb="md" gap="sm">
        <SegmentedControl size="xs" value={period} onChange={(v) => set("period", v)} data={PERIODS.map((value) => ({ value, label: t(`period.${value}`) }))} />
        <SegmentedControl size="xs" value={truth} onChange={(v) => set("truth", v)} data={["final", "model"].map((value) => ({ value, label: t(`truth.${value}`) }))} />
        <Select placeholder={t("station")} aria-label={t("station")} clearable value={ask.station} onChange={(v) => set("station", v)} data={stations.map((each) => ({ value: String(each.id), label: each.name }))} />
        <Select placeholder={t("product")} aria-label={t("product")} clearable value={ask.product} onChange={(v) => set("product", v)} data={products.map((each) => ({ value: String(each.id), label: each.code }))} />
      </Group>
      <QueryState query={summary}>{(of) => <Figures of={of} drill={drill} />}</QueryState>
      <section className="panel" style={{ padding: 16, marginTop: 16 }}>
        <h2 style={{ margin: 0, fontSize: 16 }}>{t("trend")}</h2>
        <QueryState query={trend}>{(of) => <TrendChart of={of} drill={drill} />}</QueryState>
      </section>
      <section className="panel" style={{ padding: 16, marginTop: 16 }}>
        <h2 style={{ margin: 0, fontSize: 16 }}>{t("pareto")}</h2>
        <QueryState query={pareto}>{(of) => <ParetoChart of={of} drill={drill} />}</QueryState>
      </section>
    </Page>
  );
}
