import { Button, Group, Select, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { queryClient, useDefectClasses } from "../api/queries";
import type { DefectClass, Inspection, Outcome } from "../api/types";
import { useKeys } from "../state/keys";
import { Problem } from "./Problem";
import "./dispose.css";

const OUTCOMES: Outcome[] = ["real_defect", "false_call", "cannot_judge"];
export const REASONS = ["contamination", "reflection", "within_limits", "poor_image", "wrong_place", "other"];
const CLASS_KEYS = 6; // 4 to 9

interface Word {
  outcome: Outcome;
  class?: string;
}

interface Props {
  inspection: Inspection;
  onDone?: (fresh: Inspection) => void;
  /** Whether U takes this unit's own word back. */
  undoKey?: boolean;
}

/** What is said of a unit, and taken back; everything that shows it is asked anew. */
export function useWord(onDone?: (fresh: Inspection, word: Word | null) => void) {
  return useMutation({
    mutationFn: ({ id, word }: { id: string; word: (Word & { reason: string; note: string }) | null }) =>
      word ? api.post<Inspection>(`/inspections/${id}/disposition`, word) : api.post<Inspection>(`/inspections/${id}/disposition/undo`),
    onSuccess: (fresh, { word }) => {
      queryClient.setQueryData(["inspection", fresh.id], fresh);
      for (const key of ["inspections", "statistics", "review", "board"]) void queryClient.invalidateQueries({ queryKey: [key] });
      onDone?.(fresh, word);
    },
  });
}

const HARMLESS = new Set<string | undefined>(["good", "nuisance"]); // no real defect is of such a class

/** The classes of defects found on the unit first, then the others that the plant knows. */
export function classesFor({ findings }: Pick<Inspection, "findings">, known: Pick<DefectClass, "name" | "severity">[]): string[] {
  const harmful = <Kind extends { severity?: string }>(kinds: Kind[]) => kinds.filter(({ severity }) => !HARMLESS.has(severity));
  return [...new Set([...harmful(findings).map((each) => each.class), ...harmful(known).map((each) => each.name)])];
}

/** A person's word: 1, 2, 3 say what it is, 4 to 9 name the class of a real defect. */
export function Dispose({ inspection, onDone, undoKey = true }: Props) {
  const { t } = useTranslation("inspections");
  const [note, setNote] = useState("");
  const [reason, setReason] = useState("");
  const known = (useDefectClasses().data ?? []).filter((each) => each.merged_into === null);
  const classes = classesFor(inspection, known).slice(0, CLASS_KEYS);
  const act = useWord((fresh, word) => {
    setNote("");
    setReason("");
    if (word) onDone?.(fresh);
  });
  const say = (word: Word | null) => {
    if (!act.isPending) act.mutate({ id: inspection.id, word: word && { ...word, reason, note } });
  };
  const real = (name: string) => ({ outcome: "real_defect" as const, class: name });
  useKeys(t("dispose"), [
    ...OUTCOMES.map((outcome, index) => ({ key: String(index + 1), label: t(`outcome.${outcome}`), run: () => say({ outcome }) })),
    ...classes.map((name, index) => ({ key: String(index + 4), label: t("realAs", { class: name }), run: () => say(real(name)) })),
    ...(undoKey && inspection.outcome ? [{ key: "u", label: t("undo"), run: () => say(null) }] : []),
  ]);
  const standing = inspection.dispositions.find((each) => !each.undone_at);
  return (
    <div className="dispose">
      <div className="dispose-words">
        {OUTCOMES.map((outcome, index) => (
          <Button key={outcome} variant={inspection.outcome === outcome ? "filled" : "default"} onClick={() => say({ outcome })}
            disabled={act.isPending} data-outcome={outcome} leftSection={<span className="key">{index + 1}</span>}>{t(`outcome.${outcome}`)}</Button>
        ))}
        {inspection.outcome && <Button variant="subtle" onClick={() => say(null)} disabled={act.isPending}>{t("undo")}</Button>}
      </div>
      {classes.length > 0 && (
        <Group gap={6} mt="sm">
          <span className="dim small">{t("realAsHead")}</span>
          {classes.map((name, index) => (
            <Button key={name} size="compact-sm" variant={standing?.class === name ? "filled" : "default"} onClick={() => say(real(name))} disabled={act.isPending}
              leftSection={<span className="key">{index + 4}</span>}>{name}</Button>
          ))}
        </Group>
      )}
      <div className="dispose-more">
        <Select placeholder={t("reason")} aria-label={t("reason")} clearable value={reason || null} onChange={(value) => setReason(value ?? "")}
          data={REASONS.map((value) => ({ value, label: t(`reasonOf.${value}`) }))} />
        <TextInput placeholder={t("note")} aria-label={t("note")} value={note} onChange={(e) => setNote(e.currentTarget.value)} maxLength={500} />
      </div>
      <Problem error={act.error} />
    </div>
  );
}
