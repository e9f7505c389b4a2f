import { Radio, SimpleGrid, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Engine } from "../../api/types";

const KINDS = ["detect", "segment", "classify", "anomaly"];

/** The methods as cards by what they answer, each with when to use it and when not. */
export function EngineCards({ engines, value, onChange }: { engines: Engine[]; value: string | null; onChange: (name: string) => void }) {
  const { t } = useTranslation("training");
  const kinds = [...new Set(engines.map((each) => each.kind))].sort((a, b) => KINDS.indexOf(a) - KINDS.indexOf(b));
  return (
    <Radio.Group label={t("method")} value={value} onChange={onChange}>
      {kinds.map((kind) => (
        <section key={kind}>
          <Text size="sm" c="dimmed" mt="sm" mb="xs">{t(`engineKind.${kind}`, { defaultValue: kind })}: {t(`kindMore.${kind}`, { defaultValue: "" })}</Text>
          <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }}>
            {engines.filter((each) => each.kind === kind).map((engine) => (
              <Radio.Card key={engine.name} value={engine.name} p="md" className="engine">
                <Text fw={600}>{engine.title}</Text>
                <Text size="sm">{engine.summary}</Text>
                <Text size="xs" c="dimmed" mt={6}><b>{t("when")}</b> {engine.when}</Text>
                <Text size="xs" c="dimmed" mt={2}><b>{t("whenNot")}</b> {engine.when_not}</Text>
                {engine.needs.length > 0 && <Text size="xs" c="dimmed" mt={2}><b>{t("needs")}</b> {engine.needs.join(", ")}</Text>}
              </Radio.Card>
            ))}
          </SimpleGrid>
        </section>
      ))}
    </Radio.Group>
  );
}
