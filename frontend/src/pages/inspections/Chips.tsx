import { Button, CloseButton, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Chip } from "./filters";

interface Props {
  chips: Chip[];
  onRemove: (name: string) => void;
  onClear: () => void;
}

/** What narrows the list; each can be taken away, by the keyboard too. */
export function Chips({ chips, onRemove, onClear }: Props) {
  const { t } = useTranslation("inspections");
  if (!chips.length) return null;
  return (
    <Group gap={6} mb="sm">
      {chips.map(({ name, label, value }) => (
        <span key={name} className="chip">
          <span className="dim">{label}</span> {value}
          <CloseButton size="xs" onClick={() => onRemove(name)} aria-label={t("removeFilter", { name: `${label}: ${value}` })} />
        </span>
      ))}
      {chips.length > 1 && <Button size="compact-xs" variant="subtle" onClick={onClear}>{t("clear")}</Button>}
    </Group>
  );
}
