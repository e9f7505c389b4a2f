import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import { useSites } from "../../api/queries";
import type { BoardLine } from "../../api/types";
import { interval, number, percent } from "../../parts/format";
import { Spark } from "../../parts/Spark";
import { Ago, Time } from "../../parts/Time";
import { LineState, OF_STATE } from "../../parts/Verdict";
import { lastHeard } from "./seen";

/** One line: its state, the NG rate of the last hour, the last NG images, what judges it. */
export function Tile({ tile }: { tile: BoardLine }) {
  const sites = useSites().data ?? [];
  return (
    <article className="tile panel" data-sign={OF_STATE[tile.state]} data-grey={tile.state === "no_data"} data-line={tile.line} data-state={tile.state}>
      <header className="tile-head">
        <Link to={`/lines/${tile.line}`} className="tile-name ellipsis">{tile.name}</Link>
        {sites.length > 1 && <span className="dim small ellipsis tile-site">{tile.site_name}</span>}
        <span className="tile-state"><LineState state={tile.state} large /></span>
      </header>
      <Why tile={tile} />
      <Rate tile={tile} />
      <LastNg tile={tile} />
      <Foot tile={tile} />
    </article>
  );
}

/** Why it is in its state; of silence how long, of a lost connection since when. */
export function Why({ tile }: { tile: BoardLine }) {
  const { t } = useTranslation("board");
  const { code, words } = tile.state_reason;
  const heard = lastHeard(tile);
  return (
    <p className="tile-why">
      {t(`reason.${code}`, { defaultValue: words })} {code === "lost" && <Time at={tile.as_of} zone={tile.timezone} short named />}
      {code === "silent" && heard && <b><Ago at={heard} /></b>}
      {code === "clock" && <b>{tile.clocks.map((clock) => t(clock.skew_s > 0 ? "clockBehind" : "clockAhead", { station: clock.station_name, seconds: number(Math.abs(clock.skew_s)) })).join(" · ")}</b>}
    </p>
  );
}

function Rate({ tile }: { tile: BoardLine }) {
  const { t } = useTranslation("board");
  return (
    <div className="tile-figures">
      <div className="tile-rate">
        <span className="tile-number">{percent(tile.ng_rate)}</span>
        <span className="dim small">
          {t("rate", { ng: number(tile.ng), n: number(tile.units) })}
          {tile.ng_interval && <span className="tile-interval"> · {interval(tile.ng_interval)}</span>}
        </span>
      </div>
      <div className="tile-trend">
        <Spark steps={tile.trend} target={tile.target_ng_rate} height={56} />
        <span className="dim small">
          {tile.target_ng_rate === null ? t("hour") : t("target", { rate: percent(tile.target_ng_rate) })}
        </span>
      </div>
    </div>
  );
}

function LastNg({ tile }: { tile: BoardLine }) {
  const { t } = useTranslation("board");
  if (!tile.last_ng.length) return <div className="tile-ng dim small">{t("no_ng")}</div>;
  return (
    <div className="tile-ng">
      {tile.last_ng.map((row) => (
        <Link key={row.id} to={`/inspections/${row.id}`} className="thumb" title={row.serial || row.id}>
          {row.thumbnail_url && <img src={row.thumbnail_url} alt={t("ng_of", { serial: row.serial })} loading="lazy" />}
        </Link>
      ))}
    </div>
  );
}

function Foot({ tile }: { tile: BoardLine }) {
  const { t } = useTranslation("board");
  const newest = tile.models.at(-1);
  return (
    <footer className="tile-foot small dim">
      {newest ? (
        <span title={tile.models.map((model) => `${model.product_code}: ${model.name}`).join("\n")}>
          {t("model", { id: newest.model })} <span className="tile-since">· {t("since")} <Time at={newest.since} zone={tile.timezone} named /></span>
          {tile.models.length > 1 && ` · +${tile.models.length - 1}`}
        </span>
      ) : <span>{t("no_model")}</span>}
      <span className="tile-age">
        {tile.last_verdict_at ? <>{t("age")} <Ago at={tile.last_verdict_at} /></> : t("never")}
      </span>
    </footer>
  );
}
