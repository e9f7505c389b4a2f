import { Button, SegmentedControl, SimpleGrid, Skeleton } from "@mantine/core";
import { IconBuildingFactory2, IconDeviceTv } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router-dom";
import { Empty } from "../../parts/Empty";
import { Page } from "../../parts/Page";
import { QueryState } from "../../parts/QueryState";
import { Can } from "../../state/can";
import { useKeys } from "../../state/keys";
import { Tile } from "./Tile";
import { byUrgency, useBoard } from "./useBoard";
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
  useKeys(t("title"), [{ key: "t", label: t("tv"), run: () => set("tv", tv ? null : "1") }]);
  const actions = (
    <>
      <SegmentedControl size="xs" value={order} onChange={(value) => set("order", value === "plant" ? null : value)}
        data={[{ value: "plant", label: t("order.plant") }, { value: "trouble", label: t("order.trouble") }]} />
      <Button variant="default" leftSection={<IconDeviceTv size={16} />} onClick={() => set("tv", "1")} visibleFrom="sm">{t("tv")}</Button>
    </>
  );
  const empty = (
    <Empty icon={IconBuildingFactory2} title={t("empty.title")} text={t("empty.text")}
      action={<Can do="configure"><Button component={Link} to="/plant">{t("empty.action")}</Button></Can>} />
  );
  const skeleton = <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>{[1, 2, 3].map((n) => <Skeleton key={n} height={320} />)}</SimpleGrid>;
  return (
    <Page title={t("title")} actions={tv ? undefined : actions}>
      <QueryState query={board} empty={empty} skeleton={skeleton}>
        {(tiles) => (
          <div className="tiles">
            {(order === "trouble" ? byUrgency(tiles) : tiles).map((tile) => <Tile key={tile.line} tile={tile} />)}
          </div>
        )}
      </QueryState>
    </Page>
  );
}
