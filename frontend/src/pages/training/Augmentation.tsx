import { Collapse, Radio, SimpleGrid, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { Augmentations, Engine, Json } from "../../api/types";
import { SchemaForm } from "../../parts/SchemaForm";
import { QueryState } from "../../parts/QueryState";
import { augmentationWords, presetOptions } from "../../words/jobs";
import { AugmentationPreview } from "./AugmentationPreview";
import { settingsText } from "./useChoice";

type Values = Record<string, Json>;
const GROUPS = ["light", "place", "shape", "mix"];

interface Props {
  card: Engine;
  version: string | null;
  preset: string;
  /** What was edited, where it differs from the preset. */
  edited: Values;
  onPreset: (name: string) => void;
  onEdit: (text: string | null) => void;
  /** Messages by `augmentation.<value>`, and at `preset`. */
  errors: Record<string, string[]>;
}

/** How training images are varied: a preset, its values, and what they do to the version's own images. */
export function Augmentation({ card, version, preset, edited, onPreset, onEdit, errors }: Props) {
  const { t } = useTranslation("training");
  const [open, fold] = useDisclosure(false);
  const told = useQuery({ queryKey: ["augmentation"], queryFn: () => api.get<Augmentations>("/augmentation"), select: augmentationWords, staleTime: Infinity });
  if (card.presets.length < 2) return null; // a method that has nothing to choose
  const wrong = Object.fromEntries(Object.entries(errors).filter(([name]) => name.startsWith("augmentation.")).map(([name, words]) => [name.replace("augmentation.", "params."), words]));
  return (
    <section className="panel" style={{ padding: 16 }}>
      <h2 style={{ margin: "0 0 8px", fontSize: 16 }}>{t("preset")}</h2>
      <Radio.Group value={preset} onChange={onPreset} error={errors.preset?.join(" ")} aria-label={t("preset")}>
        <SimpleGrid cols={{ base: 1, xs: 2, md: 3, xl: 5 }} spacing="xs">
          {presetOptions(card.presets).map(({ value, label }) => (
            <Radio.Card key={value} value={value} p="xs" className="engine">
              <Text fw={600} size="sm">{label}</Text>
              <Text size="xs" c="dimmed">{t(`presetMore.${value}`, { defaultValue: t("presetAbout") })}</Text>
            </Radio.Card>
          ))}
        </SimpleGrid>
      </Radio.Group>
      <QueryState query={told}>
        {({ values, presets }) => {
          const own = (presets[preset] ?? {}) as Values;
          const whole = { ...own, ...edited };
          const set = (name: string, value: Json) => onEdit(settingsText({ ...whole, [name]: value }, own));
          const changed = Object.keys(edited).length;
          return (
            <>
              <UnstyledButton onClick={fold.toggle} mt="md" mb="sm" fz="sm" fw={500} aria-expanded={open}>
                <IconChevronRight size={14} style={{ transform: open ? "rotate(90deg)" : undefined }} /> {t("augmentation.values")}
                {changed > 0 && <Text span size="sm" c="dimmed" ml={6}>{t("augmentation.changed", { n: changed })}</Text>}
              </UnstyledButton>
              {changed > 0 && <UnstyledButton className="link" fz="sm" ml="md" onClick={() => onEdit(null)}>{t("augmentation.reset")}</UnstyledButton>}
              <Collapse expanded={open || Object.keys(wrong).length > 0}>
                <Text size="xs" c="dimmed" mb="xs">{t("augmentation.about")}</Text>
                {GROUPS.map((group) => (
                  <fieldset key={group} className="augmentation-group">
                    <legend>{t(`augmentation.groups.${group}`)}</legend>
                    <SchemaForm schema={{ properties: Object.fromEntries(Object.entries(values.properties).filter(([, of]) => of.group === group)) }} values={whole} onChange={set} errors={wrong} />
                  </fieldset>
                ))}
              </Collapse>
              {version !== null && <AugmentationPreview version={version} card={card} preset={preset} edited={edited} />}
            </>
          );
        }}
      </QueryState>
    </section>
  );
}
