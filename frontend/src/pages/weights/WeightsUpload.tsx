import { Alert, Button, Group, Modal, Progress, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { IconFileUpload } from "@tabler/icons-react";
import { type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { queryClient } from "../../api/queries";
import { bytes, percent } from "../../parts/format";
import { useNarrow } from "../../parts/narrow";
import { fieldOf, Problem } from "../../parts/Problem";
import { useDrop } from "../../upload/Drop";
import { MOST, useUpload, type Words } from "./useUpload";
import { useAllowList } from "./useWeights";
import { Vouch } from "./Vouch";

const EMPTY: Words = { name: "", architecture: "", licence: "", source: "", note: "" };

/** A file, what it is and under what licence; a pickle only with a hash that somebody vouches for. */
export function WeightsUpload({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("weights");
  const narrow = useNarrow();
  const [words, setWords] = useState(EMPTY);
  const [vouch, setVouch] = useState({ typed: "", note: "" });
  const [tooLarge, setTooLarge] = useState(false);
  const listed = useAllowList();
  const up = useUpload(() => {
    void queryClient.invalidateQueries({ queryKey: ["base-weights"] });
    onClose();
  });
  const { chosen, step } = up;
  const known = listed.data?.find((each) => each.sha256 === chosen?.sha256);
  const open = chosen?.pickle && !known; // a pickle that nobody vouches for yet
  const agreed = !open || (vouch.typed.trim().toLowerCase() === chosen?.sha256 && vouch.note.trim() !== "");
  const whole = ["name", "architecture", "licence", "source"].every((name) => words[name as keyof Words].trim());
  const busy = step === "sending" || step === "entering";
  const choose = (file: File | undefined) => {
    setTooLarge((file?.size ?? 0) > MOST);
    if (!file || file.size > MOST) return;
    setWords((old) => ({ ...old, name: old.name || file.name.replace(/\.(safetensors|pth?|bin|ckpt)$/i, "") }));
    setVouch({ typed: "", note: "" });
    void up.choose(file);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void up.send(words, open ? vouch.note : null);
  };
  const field = (name: keyof Words, required = true) => (
    <TextInput label={t(name)} description={t(`${name}More`)} value={words[name]} required={required} disabled={busy} error={fieldOf(up.error, name)} maxLength={name === "name" || name === "architecture" ? 200 : 500}
      inputWrapperOrder={["label", "input", "error", "description"]} onChange={(event) => { const { value } = event.currentTarget; setWords((old) => ({ ...old, [name]: value })); }} />
  );
  return (
    <Modal opened onClose={onClose} title={t("upload")} size="xl" fullScreen={narrow} closeOnClickOutside={false} closeOnEscape={!busy} withCloseButton={!busy}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <FileField up={up} disabled={busy} onFile={choose} />
          {tooLarge && <Alert color="orange" variant="light" role="alert">{t("tooLarge", { most: bytes(MOST) })}</Alert>}
          {chosen?.pickle && <Vouch sha256={chosen.sha256} known={known} value={vouch} onChange={setVouch} error={fieldOf(up.error, "note")} />}
          <SimpleGrid cols={{ base: 1, sm: 2 }}>{field("name")}{field("architecture")}{field("licence")}{field("source")}</SimpleGrid>
          {field("note", false)}
          <Problem error={up.error} fieldsShown={Object.keys(EMPTY)} />
          {busy && <Sending share={up.share} entering={step === "entering"} size={chosen?.file.size ?? 0} />}
          <Group>
            <Button type="submit" loading={busy} disabled={step !== "read" || !whole || !agreed}>{t("send")}</Button>
            {step === "sending" && <Button variant="default" onClick={up.stop}>{t("stop")}</Button>}
            {!busy && !(step === "read" && whole && agreed) && <Text size="sm" c="dimmed">{t(chosen ? (step === "reading" ? "reading" : !agreed ? "vouchFirst" : "fillIn") : "chooseFirst")}</Text>}
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function FileField({ up, disabled, onFile }: { up: ReturnType<typeof useUpload>; disabled: boolean; onFile: (file: File | undefined) => void }) {
  const { t } = useTranslation("weights");
  const input = useRef<HTMLInputElement>(null);
  const { over, trouble, at } = useDrop((files) => onFile(files[0]?.file));
  const { chosen, step } = up;
  return (
    <div className="drop" data-over={over} data-compact="true" data-chosen={chosen !== null} {...(disabled ? {} : at)}>
      <IconFileUpload size={24} stroke={1.4} />
      {chosen ? <Text fw={600} style={{ overflowWrap: "anywhere" }}>{chosen.file.name} <Text span c="dimmed" fw={400}>{bytes(chosen.file.size)} · {t(chosen.pickle ? "isPickle" : "isSafe")}</Text></Text> : <Text fw={600}>{t("drop")}</Text>}
      {!chosen && <Text size="sm" c="dimmed" maw={520}>{t("dropMore")}</Text>}
      <Button size="xs" variant="default" disabled={disabled} onClick={() => input.current?.click()}>{t(chosen ? "other" : "choose")}</Button>
      {step === "reading" && <Progress className="drop-progress" size="sm" value={up.share * 100} animated aria-label={t("reading")} />}
      {trouble && <Text size="sm" c="var(--ng-ink)" role="alert">{trouble}</Text>}
      <input ref={input} type="file" hidden data-testid="weights-file" accept=".safetensors,.pt,.pth,.bin,.ckpt" onChange={(event) => { onFile(event.currentTarget.files?.[0]); event.currentTarget.value = ""; }} />
    </div>
  );
}

function Sending({ share, entering, size }: { share: number; entering: boolean; size: number }) {
  const { t } = useTranslation("weights");
  const storing = entering || share >= 1;
  return (
    <div role="status">
      <Group justify="space-between" mb={4}><Text size="sm">{t(storing ? "storing" : "sending")}</Text><Text size="sm" c="dimmed">{storing ? "" : `${bytes(share * size)} / ${bytes(size)} · ${percent(share, 0)}`}</Text></Group>
      <Progress value={storing ? 100 : share * 100} animated aria-label={t("sending")} />
    </div>
  );
}
