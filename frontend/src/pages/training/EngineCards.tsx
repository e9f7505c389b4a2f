import { Radio, SimpleGrid, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Engine } from "../../api/types";

/** The methods as cards, each with when to use it and when not. */
export function EngineCards({ engines, value, onChange }: { engines: Engine[]; value: string | null; onChange: (name: string) => void }) {
  const { t } = useTranslation("training");
  return (
    <Radio.Group label={t("method")} value={value} onChange={onChange}>
      <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }} mt="xs">
        {engines.map((engine) => (
          <Radio.Card key={engine.name} value={engine.name} p="md" style={{ borderColor: value === engine.name ? "var(--accent)" : undefined }}>
            <Text fw={600}>{engine.title} <span className="dim small">{t(`engineKind.${engine.kind}`)}</span></Text>
            <Text size="sm">{engine.summary}</Text>
            <Text size="xs" c="dimmed" mt={6}><b>{t("when")}</b> {engine.when}</Text>
            <Text size="xs" c="dimmed"><b>{t("whenNot")}</b> {engine.when_not}</Text>
          </Radio.Card>
        ))}
      </SimpleGrid>
    </Radio.Group>
  );
}
