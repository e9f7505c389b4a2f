import { ActionIcon, Button, Group, NumberInput, SegmentedControl, Select } from "@mantine/core";
import { IconPolygon, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Rule } from "../../api/types";
import { Shape } from "../../parts/Verdict";
import { ruleWords } from "./ruleWords";
import type { useStoredImages } from "./useStoredImages";
import { ZoneDialog } from "./ZoneDialog";

interface Props { rule: Rule; classes: string[]; stored: ReturnType<typeof useStoredImages>; onChange: (rule: Rule) => void; onRemove: () => void }

/** One acceptance rule, in fields and in words: so many findings that match all of it lead to NG or REVIEW. */
export function RuleRow({ rule, classes, stored, onChange, onRemove }: Props) {
  const { t } = useTranslation("products");
  const [drawing, draw] = useState(false);
  const set = (part: Partial<Rule>) => onChange({ ...rule, ...part });
  const number = (value: string | number, scale = 1) => (value === "" ? null : Number(value) / scale);
  const known = rule.class && !classes.includes(rule.class) ? [...classes, rule.class] : classes;
  return (
    <div className="rule">
      <Group gap="sm" align="end">
        <Select label={t("class")} placeholder={t("anyClass")} clearable w={150} data={known} value={rule.class} onChange={(value) => set({ class: value })} error={rule.class && !classes.includes(rule.class) ? t("unknownClass") : undefined} />
        <NumberInput label={t("minCount")} w={80} min={1} value={rule.min_count ?? 1} onChange={(v) => set({ min_count: Number(v) || 1 })} />
        <NumberInput label={t("minSize")} w={110} min={0} step={0.1} decimalScale={3} value={rule.min_size_mm ?? ""} onChange={(v) => set({ min_size_mm: number(v) })} />
        <NumberInput label={t("minArea")} w={100} min={0} max={100} step={0.1} decimalScale={3} value={rule.min_area == null ? "" : Math.round(rule.min_area * 1e5) / 1e3} onChange={(v) => set({ min_area: number(v, 100) })} />
        <NumberInput label={t("minScore")} w={100} min={0} max={1} step={0.05} decimalScale={3} value={rule.min_score ?? ""} onChange={(v) => set({ min_score: number(v) })} />
        <Select label={t("severity")} placeholder={t("anySeverity")} clearable w={120} data={["critical", "major", "minor"].map((value) => ({ value, label: t(`severities.${value}`) }))} value={rule.severity ?? null} onChange={(value) => set({ severity: value })} />
        <Button variant={rule.zone ? "light" : "default"} leftSection={<IconPolygon size={16} />} onClick={() => draw(true)}>{t(rule.zone ? "zoneChange" : "zoneDraw")}</Button>
        <SegmentedControl size="xs" data={["NG", "REVIEW"].map((value) => ({ value, label: t(`verdict.${value}`, { ns: "frame" }) }))} value={rule.action} onChange={(value) => set({ action: value as Rule["action"] })} aria-label={t("action")} />
        <ActionIcon onClick={onRemove} aria-label={t("removeRule")} ml="auto"><IconTrash size={18} /></ActionIcon>
      </Group>
      <p className="rule-words"><Shape sign={rule.action === "NG" ? "ng" : "review"} size={12} /> {ruleWords(rule, t)}</p>
      {drawing && <ZoneDialog zone={rule.zone ?? null} stored={stored} onClose={() => draw(false)} onDone={(zone) => { set({ zone }); draw(false); }} />}
    </div>
  );
}
