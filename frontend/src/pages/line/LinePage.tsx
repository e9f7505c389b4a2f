import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useParams, useSearchParams } from "react-router-dom";
import { address, api, send } from "../../api/client";
import { queryClient } from "../../api/queries";
import type { BoardLine, InspectionRow, Page as ListPage } from "../../api/types";
import { useLive } from "../../live/useLive";
import { Empty } from "../../parts/Empty";
import { InspectionTable } from "../../parts/InspectionTable";
import { Page } from "../../parts/Page";
import { QueryState } from "../../parts/QueryState";
import { LineState } from "../../parts/Verdict";
import { seen } from "../board/seen";
import { Why } from "../board/Tile";
import { useAge } from "../board/useBoard";
import { LineFigures } from "./LineFigures";
import { Newest } from "./Newest";
import "./line.css";

/** What is wrong on this line? Its figures, the newest unit large, the stream of verdicts beside it. */
export default function LinePage() {
  const { t } = useTranslation("board");
  const line = Number(useParams().line);
  const [search, setSearch] = useSearchParams();
  const only = search.get("verdict");
  const tile = useQuery({ queryKey: ["board", line], queryFn: () => api.get<BoardLine>(`/board/${line}`), refetchInterval: 5000, refetchOnWindowFocus: true });
  const stream = useQuery({
    queryKey: ["inspections", "stream", line, only],
    queryFn: () => send<ListPage<InspectionRow>>("GET", address("/inspections", { line, verdict: only, limit: 30 })),
  });
  useLive(`line.${line}`, () => {
    const keys = [["board", line], ["inspections", "stream", line], ["statistics", "line", line]];
    return Promise.all(keys.map((queryKey) => queryClient.invalidateQueries({ queryKey }, { cancelRefetch: false })));
  });
  const age = useAge(tile.dataUpdatedAt);
  const now = tile.data && seen(tile.data, age);
  const show = (verdict: string) =>
    setSearch((old) => {
      const next = new URLSearchParams(old);
      if (verdict === "all") next.delete("verdict");
      else next.set("verdict", verdict);
      return next;
    }, { replace: true });
  const state = now && <LineState state={now.state} large />;
  const choice = (
    <SegmentedControl size="xs" value={only ?? "all"} onChange={show} aria-label={t("verdicts")}
      data={[{ value: "all", label: t("allUnits") }, { value: "NG", label: t("verdict.NG", { ns: "frame" }) }, { value: "REVIEW", label: t("verdict.REVIEW", { ns: "frame" }) }]} />
  );
  return (
    <Page title={now?.name ?? t("line")} beside={state} actions={choice}>
      <QueryState query={tile}>{() => now && <><Why tile={now} /><LineFigures tile={now} /></>}</QueryState>
      <QueryState query={stream} isEmpty={(page) => page.results.length === 0} empty={<Empty title={t(only ? "noneOfKind" : "never")} text={only ? undefined : t("reason.no_units")} />}>
        {(page) => (
          <div className="line-now">
            <Newest row={page.results[0]!} />
            <InspectionTable rows={page.results} dense />
          </div>
        )}
      </QueryState>
    </Page>
  );
}
