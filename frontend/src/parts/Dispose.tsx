import { Button, Group, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { queryClient } from "../api/queries";
import type { Inspection, Outcome } from "../api/types";
import { Problem } from "./Problem";
import { useKeys } from "../state/keys";

const OUTCOMES: Outcome[] = ["real_defect", "false_call", "cannot_judge"];

/** What a person says of a unit: by button or by the keys 1, 2, 3; U takes it back. */
export function Dispose({ inspection, onDone }: { inspection: Inspection; onDone?: () => void }) {
  const { t } = useTranslation("inspections");
  const [note, setNote] = useState("");
  const base = `/inspections/${inspection.id}/disposition`;
  const act = useMutation({
    mutationFn: (outcome: Outcome | null) =>
      outcome ? api.post<Inspection>(base, { outcome, note }) : api.post<Inspection>(`${base}/undo`),
    onSuccess: (fresh, outcome) => {
      setNote("");
      queryClient.setQueryData(["inspection", inspection.id], fresh);
      void queryClient.invalidateQueries({ queryKey: ["inspections"] });
      void queryClient.invalidateQueries({ queryKey: ["statistics"] });
      if (outcome) onDone?.();
    },
  });
  useKeys(t("dispose"), [
    ...OUTCOMES.map((outcome, index) => ({ key: String(index + 1), label: t(`outcome.${outcome}`), run: () => act.mutate(outcome) })),
    { key: "u", label: t("undo"), run: () => inspection.outcome && act.mutate(null) },
  ]);
  return (
    <div>
      <Group gap="sm" wrap="wrap">
        {OUTCOMES.map((outcome, index) => (
          <Button key={outcome} variant={inspection.outcome === outcome ? "filled" : "default"} onClick={() => act.mutate(outcome)}
            disabled={act.isPending} data-outcome={outcome}>{index + 1} · {t(`outcome.${outcome}`)}</Button>
        ))}
        {inspection.outcome && <Button variant="subtle" onClick={() => act.mutate(null)} disabled={act.isPending}>{t("undo")}</Button>}
      </Group>
      <TextInput mt="sm" placeholder={t("note")} aria-label={t("note")} value={note} onChange={(e) => setNote(e.currentTarget.value)} maxLength={500} />
      <Problem error={act.error} />
    </div>
  );
}
