import { Grid } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router-dom";
import { address, api, send } from "../../api/client";
import type { BoardLine, InspectionRow, Page as ListPage } from "../../api/types";
import { useLive } from "../../live/useLive";
import { Empty } from "../../parts/Empty";
import { Figure } from "../../parts/Figure";
import { interval, number, percent } from "../../parts/format";
import { InspectionTable } from "../../parts/InspectionTable";
import { Page } from "../../parts/Page";
import { QueryState } from "../../parts/QueryState";
import { Spark } from "../../parts/Spark";
import { Ago } from "../../parts/Time";
import { LineState, Verdict } from "../../parts/Verdict";
import { reasonsWords } from "../../words/verdicts";

/** What is wrong on this line? The newest image large, the stream of verdicts beside it. */
export default function LinePage() {
  const { t } = useTranslation("board");
  const line = Number(useParams().line);
  const tile = useQuery({ queryKey: ["board", line], queryFn: () => api.get<BoardLine>(`/board/${line}`), refetchInterval: 10_000 });
  const stream = useQuery({
    queryKey: ["inspections", "stream", line],
    queryFn: () => send<ListPage<InspectionRow>>("GET", address("/inspections", { line, limit: 30 })),
  });
  useLive(`line.${line}`, () => {
    void tile.refetch();
    void stream.refetch();
  });
  const newest = stream.data?.results[0];
  return (
    <Page title={tile.data?.name ?? t("line")} beside={tile.data && <LineState state={tile.data.state} large />}>
      <QueryState query={tile}>
        {(now) => (
          <div className="figures" style={{ marginBottom: 16 }}>
            <Figure label={t("ngRate")} value={percent(now.ng_rate)} below={interval(now.ng_interval)} about={t("ngRateAbout")} />
            <Figure label={t("units")} value={number(now.units)} below={t("hour")} />
            <Figure label={t("errors")} value={number(now.errors)} below={t("errorsBelow")} />
            <div className="figure" style={{ minWidth: 220 }}><Spark steps={now.trend} target={now.target_ng_rate} height={72} /></div>
          </div>
        )}
      </QueryState>
      <QueryState query={stream} isEmpty={(page) => page.results.length === 0} empty={<Empty title={t("never")} text={t("reason.no_units")} />}>
        {(page) => (
          <Grid>
            <Grid.Col span={{ base: 12, lg: 5 }}>
              {newest && (
                <Link to={`/inspections/${newest.id}`} style={{ textDecoration: "none" }}>
                  <div className="stage" style={{ height: 420 }}>
                    <img src={`/api/v1/inspections/${newest.id}/images/0`} alt={newest.serial} style={{ width: "100%", height: "100%", objectFit: "contain" }} />
                  </div>
                  <p><Verdict verdict={newest.verdict} large /> {newest.serial} <span className="dim"><Ago at={newest.captured_at} /></span></p>
                  <p>{reasonsWords(newest.reasons)}</p>
                </Link>
              )}
            </Grid.Col>
            <Grid.Col span={{ base: 12, lg: 7 }}><InspectionTable rows={page.results} dense /></Grid.Col>
          </Grid>
        )}
      </QueryState>
    </Page>
  );
}
