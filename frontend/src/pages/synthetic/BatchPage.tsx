import { Button, Group, Kbd, SegmentedControl, Text } from "@mantine/core";
import { IconArrowBackUp, IconCheck, IconDatabasePlus, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams, useSearchParams } from "react-router-dom";
import { api } from "../../api/client";
import { queryClient } from "../../api/queries";
import { Confirm } from "../../parts/Confirm";
import { number } from "../../parts/format";
import { Page } from "../../parts/Page";
import { Problem } from "../../parts/Problem";
import { QueryState } from "../../parts/QueryState";
import { useKeys } from "../../state/keys";
import { changedBy } from "../../state/search";
import { Cell } from "./Cell";
import { Figures } from "./Figures";
import { InHand } from "./InHand";
import { chosen, SHOWN } from "./looking";
import type { Batch } from "./types";
import { useLooking } from "./useLooking";
import "../../parts/still.css";
import "./synthetic.css";

/** What a generator drew: looked through one by one, then added to the dataset. */
export default function BatchPage() {
  const { t } = useTranslation("synthetic");
  const id = Number(useParams().id);
  const query = useQuery({ queryKey: ["synthetic", id], queryFn: () => api.get<Batch>(`/synthetic/${id}`) });
  const batch = query.data;
  const [asked, ask] = useState(false);
  const open = batch ? batch.approved - batch.added : 0;
  const add = <Button leftSection={<IconDatabasePlus size={16} />} disabled={open <= 0} onClick={() => ask(true)}>{t("add", { n: number(Math.max(open, 0)) })}</Button>;
  return (
    <Page title={batch ? t("batch", { class: batch.class_name, id }) : t("title")} beside={batch && <span className="dim">{batch.dataset_name} v{batch.dataset_number} · {batch.model_name}</span>} actions={batch && add}>
      <QueryState query={query}>{(now) => <Look batch={now} />}</QueryState>
      {batch && (
        <Confirm opened={asked} onClose={() => ask(false)} title={t("addTitle", { n: number(open), dataset: batch.dataset_name })} text={t("addText")} action={t("add", { n: number(open) })}
          run={async () => {
            await api.post(`/synthetic/${id}/add`);
            await queryClient.invalidateQueries({ queryKey: ["synthetic", id] });
            await queryClient.invalidateQueries({ queryKey: ["dataset", batch.dataset] });
            queryClient.removeQueries({ queryKey: ["samples", batch.dataset] });
          }} />
      )}
    </Page>
  );
}

function Look({ batch }: { batch: Batch }) {
  const { t } = useTranslation("synthetic");
  const [search, setSearch] = useSearchParams();
  const shown = SHOWN.find((each) => each === search.get("show")) ?? "all";
  const looking = useLooking(batch.id, shown);
  const grid = useRef<HTMLDivElement>(null);
  const columns = () => (grid.current ? getComputedStyle(grid.current).gridTemplateColumns.split(" ").length : 1);
  useKeys(t("title"), [
    { key: "ArrowRight", label: t("next"), run: () => looking.move(1), repeats: true },
    { key: "ArrowLeft", label: t("previous"), run: () => looking.move(-1), repeats: true },
    { key: "ArrowDown", label: t("below"), run: () => looking.move(columns()), repeats: true },
    { key: "ArrowUp", label: t("above"), run: () => looking.move(-columns()), repeats: true },
    { key: "a", label: t("approve"), run: () => looking.decide("approved"), repeats: true },
    { key: "r", label: t("reject"), run: () => looking.decide("rejected"), repeats: true },
    { key: "u", label: t("undo"), run: looking.undo },
  ]);
  const show = (value: string) => {
    looking.again();
    setSearch((old) => changedBy(old, "show", value === "all" ? null : value));
  };
  const left = looking.list.filter((each) => each.state === "proposed" && each.sample === null).length;
  return (
    <>
      <Figures batch={batch} />
      {batch.added > 0 && <Text size="sm" mb="md">{t("added", { n: number(batch.added) })} <Link className="link" to={`/datasets/${batch.dataset}?synthetic=true`}>{t("toImages")}</Link> · <Link className="link" to={`/datasets/${batch.dataset}?tab=versions`}>{t("toVersions")}</Link></Text>}
      <Group gap="sm" mb="md" className="drawn-filters">
        <SegmentedControl size="xs" value={shown} onChange={show} aria-label={t("show")} data={SHOWN.map((each) => ({ value: each, label: `${t(`shown.${each}`)} ${number(chosen(looking.all, each).length)}` }))} />
        {left > 0 && <Button size="xs" variant="default" onClick={() => looking.decideAll("approved")}>{t("approveAll", { n: number(left) })}</Button>}
      </Group>
      <Problem error={looking.error} />
      <QueryState query={looking.images}>
        {() => (
          <div className="look">
            <div ref={grid} className="drawn-grid">
              {looking.list.map((each) => <Cell key={each.id} drawn={each} far={batch.far} inHand={looking.inHand?.id === each.id} onChoose={looking.choose} />)}
              {!looking.list.length && <Text size="sm" c="dimmed">{t("noneShown")}</Text>}
            </div>
            <InHand drawn={looking.inHand} batch={batch} />
          </div>
        )}
      </QueryState>
      <div className="say panel" role="group" aria-label={t("say")}>
        <Button color="teal" variant="light" leftSection={<IconCheck size={16} />} rightSection={<Kbd size="xs" className="hide-phone">A</Kbd>} onClick={() => looking.decide("approved")}>{t("approve")}</Button>
        <Button color="orange" variant="light" leftSection={<IconX size={16} />} rightSection={<Kbd size="xs" className="hide-phone">R</Kbd>} onClick={() => looking.decide("rejected")}>{t("reject")}</Button>
        <Button variant="default" leftSection={<IconArrowBackUp size={16} />} rightSection={<Kbd size="xs" className="hide-phone">U</Kbd>} disabled={!looking.canUndo} onClick={looking.undo}>{t("undo")}</Button>
      </div>
    </>
  );
}

