import { Button, Group, Progress, Stack, Table, Text } from "@mantine/core";
import { IconFolderUp, IconPlayerPause } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type DragEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { everyPage } from "../../api/client";
import { queryClient } from "../../api/queries";
import type { Dataset, Import } from "../../api/types";
import { bytes, number } from "../../parts/format";
import { QueryState } from "../../parts/QueryState";
import { Time } from "../../parts/Time";
import { WorkMark } from "../../parts/Verdict";
import { chosen, dropped, type Named } from "../../upload/files";
import { failureWords } from "../../words/jobs";
import { type Entry, type Progress as Sent, Uploader } from "../../upload/uploader";
import { ImportRun } from "./ImportRun";
import "./imports.css";

/** Upload a folder or a zip, look at what it is, then take it in. */
export function Imports({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation("datasets");
  const [sent, setSent] = useState<Sent | null>(null);
  const [entries, setEntries] = useState<Entry[] | null>(null);
  const uploader = useRef<Uploader | null>(null);
  const list = useQuery({ queryKey: ["imports", dataset.id], queryFn: () => everyPage<Import>(`/datasets/${dataset.id}/imports`) });
  const run = async () => {
    if (await uploader.current?.run()) setEntries(uploader.current!.entries);
  };
  const begin = (files: Named[]) => {
    if (!files.length) return;
    setEntries(null);
    uploader.current = new Uploader(files, setSent);
    void run();
  };
  const finished = () => {
    setEntries(null);
    setSent(null);
    for (const key of ["imports", "dataset", "samples", "versions"]) void queryClient.invalidateQueries({ queryKey: [key, dataset.id] });
  };
  return (
    <Stack gap="lg">
      {!entries && <Drop onFiles={begin} />}
      {sent && !entries && <Sending sent={sent} onPause={() => uploader.current?.stop()} onGo={() => void run()} />}
      {entries && <ImportRun dataset={dataset} entries={entries} onDone={finished} />}
      <QueryState query={list} empty={<Text size="sm" c="dimmed">{t("noImports")}</Text>}>
        {(imports) => (
          <div className="table-scroll panel">
            <Table>
              <Table.Thead><Table.Tr><Table.Th>{t("state")}</Table.Th><Table.Th>{t("format")}</Table.Th><Table.Th>{t("images")}</Table.Th><Table.Th>{t("problems")}</Table.Th><Table.Th>{t("when")}</Table.Th></Table.Tr></Table.Thead>
              <Table.Tbody>
                {imports.map((each) => (
                  <Table.Tr key={each.id}>
                    <Table.Td><WorkMark state={each.state} /> {each.dry_run && <span className="dim small">{t("dry")}</span>}</Table.Td>
                    <Table.Td>{each.format}</Table.Td>
                    <Table.Td>{number(each.counts.samples)}</Table.Td>
                    <Table.Td>{failureWords(each) || number(each.problems.length)}</Table.Td>
                    <Table.Td><Time at={each.created_at} /> · {each.created_by}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
      </QueryState>
    </Stack>
  );
}

function Drop({ onFiles }: { onFiles: (files: Named[]) => void }) {
  const { t } = useTranslation("datasets");
  const [over, setOver] = useState(false);
  const folder = useRef<HTMLInputElement>(null);
  const zip = useRef<HTMLInputElement>(null);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void dropped(event.dataTransfer.items).then(onFiles);
  };
  return (
    <div className="drop" data-over={over} onDragOver={(e) => { e.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)} onDrop={drop}>
      <IconFolderUp size={32} stroke={1.4} />
      <Text fw={600}>{t("drop")}</Text>
      <Text size="sm" c="dimmed" maw={520}>{t("dropMore")}</Text>
      <Group justify="center">
        <Button onClick={() => folder.current?.click()}>{t("chooseFolder")}</Button>
        <Button variant="default" onClick={() => zip.current?.click()}>{t("chooseFiles")}</Button>
      </Group>
      <input ref={folder} type="file" hidden data-testid="folder" {...{ webkitdirectory: "" }} onChange={(e) => onFiles(chosen(e.currentTarget.files!))} />
      <input ref={zip} type="file" hidden multiple data-testid="files" onChange={(e) => onFiles(chosen(e.currentTarget.files!))} />
    </div>
  );
}

function Sending({ sent, onPause, onGo }: { sent: Sent; onPause: () => void; onGo: () => void }) {
  const { t } = useTranslation("datasets");
  const share = sent.phase === "hashing" ? sent.hashed / sent.total : sent.bytesSent / Math.max(1, sent.bytes);
  const busy = sent.phase === "hashing" || sent.phase === "sending";
  return (
    <section className="panel" style={{ padding: 16 }} role="status">
      <Group justify="space-between">
        <Text size="sm" fw={600}>{t(`phase.${sent.phase}`)}</Text>
        <Text size="sm" c="dimmed">{t("sentOf", { sent: number(sent.phase === "hashing" ? sent.hashed : sent.sent), total: number(sent.total), bytes: bytes(sent.bytes) })}</Text>
      </Group>
      <Progress value={share * 100} mt="xs" animated={busy} />
      <Text size="xs" c="dimmed" mt={4} className="ellipsis">{sent.now.join(" · ") || " "}</Text>
      {sent.failed.slice(0, 20).map((each) => <Text key={each.path} size="xs" c="var(--ng-ink)">{each.path}: {each.why}</Text>)}
      <Group mt="xs">
        {busy && <Button size="xs" variant="default" leftSection={<IconPlayerPause size={14} />} onClick={onPause}>{t("pause")}</Button>}
        {(sent.phase === "paused" || sent.phase === "failed") && <Button size="xs" onClick={onGo}>{t("goOn")}</Button>}
      </Group>
    </section>
  );
}
