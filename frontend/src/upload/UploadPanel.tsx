import { Button, Group, Progress, Text } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { bytes, duration, number } from "../parts/format";
import { Problem } from "../parts/Problem";
import { type Upload, uploads } from "./store";
import { type Moving, type Progress as Sent, shareOf } from "./uploader";

const SHOWN = 20; // failed files by name

/** One upload: how far it is, file by file, and what can be done about it. */
export function UploadPanel({ upload }: { upload: Upload }) {
  const { t } = useTranslation("upload");
  const { progress: sent, queued } = upload;
  const busy = !queued && (sent.phase === "hashing" || sent.phase === "sending");
  const done = sent.phase === "done";
  const phase = queued ? "queued" : sent.phase;
  return (
    <section className="panel upload" role="status" data-phase={phase}>
      <Group justify="space-between" gap="sm">
        <Text size="sm" fw={600} className="ellipsis">{t(`phase.${phase}`)}{upload.name && ` · ${upload.name}`}</Text>
        <Text size="sm" c="dimmed"><Numbers sent={sent} /></Text>
      </Group>
      <Progress value={shareOf(sent) * 100} animated={busy} aria-label={t(`phase.${phase}`)} color={sent.phase === "failed" || sent.phase === "lost" ? "orange" : undefined} />
      {sent.now.map((one) => <File key={one.path} one={one} />)}
      {sent.phase === "lost" && <Text size="sm">{t("lostMore")}</Text>}
      {sent.phase === "failed" && <Problem error={sent.problem} />}
      <Problem error={upload.error} onRetry={() => void uploads.go(upload.id)} />
      <Failed of={sent} />
      <Group gap="sm">
        {busy && <Button size="xs" variant="default" leftSection={<IconPlayerPause size={14} />} onClick={() => uploads.pause(upload.id)}>{t("pause")}</Button>}
        {(["paused", "failed", "lost"].includes(sent.phase) || (queued && !busy)) && <Button size="xs" leftSection={<IconPlayerPlay size={14} />} onClick={() => void uploads.go(upload.id)}>{t(queued ? "now" : sent.phase === "failed" ? "tryAgain" : "goOn")}</Button>}
        {sent.phase === "failed" && sent.failed.length > 0 && sent.failed.length < sent.total && <Button size="xs" variant="default" onClick={() => uploads.leaveOut(upload.id)}>{t("leaveOut", { n: number(sent.failed.length) })}</Button>}
        {!done && <Button size="xs" variant="subtle" color="gray" onClick={() => uploads.discard(upload.id)}>{t("discard")}</Button>}
      </Group>
    </section>
  );
}

function Numbers({ sent }: { sent: Sent }) {
  const { t } = useTranslation("upload");
  const hashing = sent.phase === "hashing";
  const share = shareOf(sent);
  const files = t("files", { sent: number(hashing ? sent.hashed : sent.sent), total: number(sent.total) });
  const size = t("ofBytes", { sent: bytes(share * sent.bytes), total: bytes(sent.bytes) });
  const left = sent.phase === "sending" ? secondsLeft(sent) : null;
  const rest = left === null ? null : share === 1 ? t("storing") : t("left", { time: duration(Math.max(1, left)) });
  return <>{[files, size, rest].filter(Boolean).join(" · ")}</>;
}

/** From the rate since sending began; nothing while there is too little to tell. */
function secondsLeft(sent: Sent): number | null {
  if (!sent.began) return null;
  const gone = (Date.now() - sent.began.at) / 1000;
  const moved = shareOf(sent) * sent.bytes - sent.began.bytes;
  return gone > 2 && moved > 0 ? ((sent.bytes - sent.began.bytes - moved) * gone) / moved : null;
}

function File({ one }: { one: Moving }) {
  return (
    <div className="upload-file small dim">
      <span className="ellipsis" title={one.path}>{one.path}</span>
      <Progress size="xs" value={one.size ? (one.done / one.size) * 100 : 0} aria-label={one.path} />
      <span>{bytes(one.size)}</span>
    </div>
  );
}

function Failed({ of }: { of: Sent }) {
  const { t } = useTranslation("upload");
  if (!of.failed.length) return null;
  return (
    <div>
      {of.failed.slice(0, SHOWN).map((each) => <Text key={each.path} size="xs" c="var(--ng-ink)">{each.path}: {each.why}</Text>)}
      {of.failed.length > SHOWN && <Text size="xs" c="var(--ng-ink)">{t("moreFailed", { n: number(of.failed.length - SHOWN) })}</Text>}
    </div>
  );
}
