import { Button, Group, Kbd } from "@mantine/core";
import { IconArrowBackUp, IconEyeCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useWord } from "../../parts/Dispose";
import { Empty } from "../../parts/Empty";
import { number } from "../../parts/format";
import { Page } from "../../parts/Page";
import { Problem } from "../../parts/Problem";
import { QueryState } from "../../parts/QueryState";
import { useKeys } from "../../state/keys";
import { lastSaid, skipped } from "./queue";
import { Unit } from "./Unit";
import { useQueue } from "./useQueue";
import "./review.css";

/** Is the machine right? One unit at a time. */
export default function Review() {
  const { t } = useTranslation("review");
  const { queue, act, query, remaining } = useQueue();
  const current = queue.units[queue.at];
  const last = lastSaid(queue);
  const back = useWord(() => act({ type: "undone" }));
  const undo = () => {
    if (last && !back.isPending) back.mutate({ id: last.id, word: null });
  };
  const skip = () => act({ type: "next" });
  useKeys(t("title"), [
    { key: "ArrowRight", label: t("skip"), run: skip, repeats: true },
    { key: "ArrowLeft", label: t("back"), run: () => act({ type: "back" }), repeats: true },
    ...(last ? [{ key: "u", label: t("undoLast"), run: undo }] : []),
  ]);
  const waiting = remaining === null ? "–" : remaining >= 1000 ? "1000+" : number(remaining);
  const actions = (
    <Button variant="default" leftSection={<IconArrowBackUp size={16} />} rightSection={<Kbd size="xs" className="hide-phone">U</Kbd>}
      disabled={!last} loading={back.isPending} onClick={undo}>{t("undoLast")}</Button>
  );
  return (
    <Page title={t("title")} beside={<span className="dim">{t("remaining", { n: waiting })}</span>} actions={actions}>
      <Problem error={back.error} />
      {current ? (
        <Unit key={current.id} unit={current} onDone={() => act({ type: "next", said: true })} onSkip={skip} />
      ) : (
        <QueryState query={query}>
          {() => <End skipped={skipped(queue)} onAgain={() => act({ type: "clear" })} />}
        </QueryState>
      )}
    </Page>
  );
}

function End({ skipped: left, onAgain }: { skipped: number; onAgain: () => void }) {
  const { t } = useTranslation("review");
  if (!left) return <Empty icon={IconEyeCheck} title={t("empty.title")} text={t("empty.text")} />;
  return (
    <Empty icon={IconEyeCheck} title={t("end.title")} text={t("end.text", { n: number(left) })}
      action={<Group><Button onClick={onAgain}>{t("end.again")}</Button></Group>} />
  );
}
