import { ActionIcon } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import type { BoardLine } from "../../api/types";
import { time, zoneName } from "../../parts/format";
import { OF_STATE, Shape } from "../../parts/Verdict";
import { useNow } from "../../state/now";
import { useZone } from "../../state/scope";
import { pageOf, shapeOf, useTurn } from "./rotation";
import { Tile } from "./Tile";

/** The board for five metres: large, without a hand, every line's sign always in sight. */
export function Tv({ tiles, onLeave }: { tiles: BoardLine[]; onLeave: () => void }) {
  const { t } = useTranslation("board");
  const { shown, page, pages } = pageOf(tiles, useTurn(true));
  const { columns, rows } = shapeOf(tiles.length);
  return (
    <div className="tv">
      <header className="tv-head">
        <h1>{siteOf(tiles) ?? t("title")}</h1>
        {pages > 1 && <Strip tiles={tiles} shown={shown} />}
        {pages > 1 && <span className="dim">{page + 1}/{pages}</span>}
        <Clock />
        <ActionIcon size="xl" onClick={onLeave} aria-label={t("leaveTv")}><IconX /></ActionIcon>
      </header>
      <div className="tv-tiles" data-tall={rows === 1 && columns > 1} style={{ "--columns": columns, "--rows": rows } as CSSProperties}>
        {shown.map((tile) => <Tile key={tile.line} tile={tile} />)}
      </div>
    </div>
  );
}

function siteOf(tiles: BoardLine[]): string | null {
  const sites = new Set(tiles.map((tile) => tile.site_name));
  return sites.size === 1 ? [...sites][0]! : null;
}

/** Every line in small, so that a turn hides no trouble. */
function Strip({ tiles, shown }: { tiles: BoardLine[]; shown: BoardLine[] }) {
  return (
    <div className="tv-strip">
      {tiles.map((tile) => (
        <span key={tile.line} data-here={shown.includes(tile)}><Shape sign={OF_STATE[tile.state]} size="0.8em" /> {tile.name}</span>
      ))}
    </div>
  );
}

function Clock() {
  const now = useNow();
  const zone = useZone();
  return <span className="tv-clock">{time(new Date(now).toISOString(), zone)} <span className="dim">{zoneName(zone)}</span></span>;
}
