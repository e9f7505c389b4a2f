import { Code, ScrollArea } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { JobEvent } from "../../api/types";
import { time } from "../../parts/format";
import { logWords } from "../../words/jobs";

/** The job's log, newest at the end. */
export function Log({ events }: { events: JobEvent[] }) {
  const { t } = useTranslation("training");
  const lines = events.filter((event) => event.type === "log").slice(-500);
  if (!lines.length) return null;
  return (
    <section style={{ marginTop: 16 }}>
      <h2 style={{ fontSize: 14 }}>{t("log")}</h2>
      <ScrollArea.Autosize mah={320} className="panel">
        <Code block>{lines.map((line) => `${time(line.at)} ${logWords(line)}`).join("\n")}</Code>
      </ScrollArea.Autosize>
    </section>
  );
}
