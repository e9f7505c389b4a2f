import { ActionIcon, Group, NumberInput, SegmentedControl, Select } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Rule } from "../../api/types";
import { verdictOptions } from "../../words/verdicts";

interface Props { rule: Rule; classes: string[]; onChange: (rule: Rule) => void; onRemove: () => void }

/** One acceptance rule: so many findings that match all of it lead to NG or REVIEW. */
export function RuleRow({ rule, classes, onChange, onRemove }: Props) {
  const { t } = useTranslation("products");
  const set = (part: Partial<Rule>) => onChange({ ...rule, ...part });
  const number = (value: string | number) => (value === "" ? null : Number(value));
  return (
    <Group gap="sm" mb="sm" align="end">
      <Select label={t("class")} placeholder={t("anyClass")} clearable w={160} data={classes} value={rule.class} onChange={(value) => set({ class: value })} />
      <NumberInput label={t("minCount")} w={90} min={1} value={rule.min_count ?? 1} onChange={(v) => set({ min_count: Number(v) || 1 })} />
      <NumberInput label={t("minSize")} w={110} min={0} step={0.1} decimalScale={3} value={rule.min_size_mm ?? ""} onChange={(v) => set({ min_size_mm: number(v) })} />
      <NumberInput label={t("minScore")} w={100} min={0} max={1} step={0.05} value={rule.min_score ?? ""} onChange={(v) => set({ min_score: number(v) })} />
      <Select label={t("severity")} placeholder={t("anySeverity")} clearable w={130} data={["critical", "major", "minor"].map((value) => ({ value, label: t(`severities.${value}`) }))} value={rule.severity ?? null} onChange={(value) => set({ severity: value })} />
      <SegmentedControl size="xs" data={verdictOptions("NG", "REVIEW")} value={rule.action} onChange={(value) => set({ action: value as Rule["action"] })} />
      <ActionIcon onClick={onRemove} aria-label={t("removeRule")}><IconTrash size={18} /></ActionIcon>
    </Group>
  );
}
