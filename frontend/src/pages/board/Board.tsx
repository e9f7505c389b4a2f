import { Button, SegmentedControl, SimpleGrid, Skeleton } from "@mantine/core";
import { IconBuildingFactory2, IconDeviceTv, IconFilterOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router-dom";
import type { BoardLine } from "../../api/types";
import { Empty } from "../../parts/Empty";
import { Page } from "../../parts/Page";
import { QueryState } from "../../parts/QueryState";
import { Can } from "../../state/can";
import { useKeys } from "../../state/keys";
import { useScope } from "../../state/scope";
import { seen } from "./seen";
import { Tile } from "./Tile";
import { Tv } from "./Tv";
import { byUrgency, ofScope, useAge, useBoard } from "./useBoard";
import "./board.css";

/** Is any line in trouble now? */
export default function Board() {
  const { t } = useTranslation("board");
  const board = useBoard();
  const [search, setSearch] = useSearchParams();
  const tv = search.get("tv") === "1";
  const order = search.get("order") ?? "plant";
  const set = (name: string, value: string | null) =>
    setSearch((old) => {
      const next = new URLSearchParams(old);
      if (value === null) next.delete(name);
      else next.set(name, value);
      return next;
    });
  useKeys(t("title"), [
    { key: "t", label: t("tv"), run: () => set("tv", tv ? null : "1") },
    ...(tv ? [{ key: "Escape", label: t("leaveTv"), run: () => set("tv", null) }] : []),
  ]);
  const shown = (
    <QueryState query={board} empty={<NotSetUp />} skeleton={<Waiting />}>
      {(tiles) => <Lines tiles={tiles} at={board.dataUpdatedAt} trouble={order === "trouble"} onLeaveTv={tv ? () => set("tv", null) : undefined} />}
    </QueryState>
  );
  if (tv) return shown;
  const actions = (
    <>
      <SegmentedControl size="xs" value={order} onChange={(value) => set("order", value === "plant" ? null : value)} aria-label={t("order.label")}
        data={[{ value: "plant", label: t("order.plant") }, { value: "trouble", label: t("order.trouble") }]} />
      <Button variant="default" leftSection={<IconDeviceTv size={16} />} onClick={() => set("tv", "1")} visibleFrom="sm">{t("tv")}</Button>
    </>
  );
  return <Page title={t("title")} actions={actions}>{shown}</Page>;
}

interface LinesProps {
  tiles: BoardLine[];
  /** When the server gave them. */
  at: number;
  trouble: boolean;
  onLeaveTv?: () => void;
}

function Lines({ tiles, at, trouble, onLeaveTv }: LinesProps) {
  const scope = useScope();
  const age = useAge(at);
  const here = ofScope(tiles, scope).map((tile) => seen(tile, age));
  if (!here.length) return <NoneHere onAll={() => scope.setScope({ site: null, line: null })} />;
  const ordered = trouble ? byUrgency(here) : here;
  if (onLeaveTv) return <Tv tiles={ordered} onLeave={onLeaveTv} />;
  return <div className="tiles">{ordered.map((tile) => <Tile key={tile.line} tile={tile} />)}</div>;
}

function NotSetUp() {
  const { t } = useTranslation("board");
  return (
    <Empty icon={IconBuildingFactory2} title={t("empty.title")} text={t("empty.text")}
      action={<Can do="configure"><Button component={Link} to="/plant">{t("empty.action")}</Button></Can>} />
  );
}

function NoneHere({ onAll }: { onAll: () => void }) {
  const { t } = useTranslation("board");
  return <Empty icon={IconFilterOff} title={t("noneHere.title")} text={t("noneHere.text")} action={<Button onClick={onAll}>{t("noneHere.action")}</Button>} />;
}

function Waiting() {
  return <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>{[1, 2, 3].map((n) => <Skeleton key={n} height={320} />)}</SimpleGrid>;
}
