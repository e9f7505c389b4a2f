import { Button, Group } from "@mantine/core";
import { useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { JobEvent } from "../../api/types";
import { time } from "../../parts/format";
import { useZone } from "../../state/scope";
import { logWords } from "../../words/jobs";

const KEPT = 500;

/** The job's log, newest at the end; it follows the end until someone scrolls up. */
export function Log({ events }: { events: JobEvent[] }) {
  const { t } = useTranslation("training");
  const zone = useZone();
  const box = useRef<HTMLPreElement>(null);
  const [follows, setFollows] = useState(true);
  const all = events.filter((event) => event.type === "log");
  const lines = all.slice(-KEPT);
  useLayoutEffect(() => {
    if (follows && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [all.length, follows]);
  if (!lines.length) return null;
  const scrolled = () => {
    const at = box.current;
    if (at) setFollows(at.scrollHeight - at.scrollTop - at.clientHeight < 24);
  };
  return (
    <section style={{ marginTop: 16 }}>
      <Group justify="space-between" mih={36}>
        <h2 style={{ fontSize: 14, margin: 0 }}>{t("log")} <span className="dim small">{zone}{all.length > KEPT && ` · ${t("logCut", { n: KEPT })}`}</span></h2>
        {!follows && <Button size="compact-xs" variant="light" onClick={() => setFollows(true)}>{t("toEnd")}</Button>}
      </Group>
      <pre className="log-lines panel" ref={box} onScroll={scrolled} tabIndex={0} aria-label={t("log")}>
        {lines.map((line) => <div key={line.seq}><span className="dim">{time(line.at, zone)}</span> {logWords(line)}</div>)}
      </pre>
    </section>
  );
}
