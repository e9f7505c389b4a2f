import { Radio, SimpleGrid, Text } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import type { Engine } from "../../api/types";

const KINDS = ["detect", "segment", "classify", "anomaly"];

interface Props {
  engines: Engine[];
  /** Whether a method cannot be chosen for want of base weights. */
  lacking: (engine: Engine) => boolean;
  value: string | null;
  onChange: (name: string) => void;
}

/** The methods as cards by what they answer, each with when to use it and when not. */
export function EngineCards({ engines, lacking, value, onChange }: Props) {
  const { t } = useTranslation("training");
  const kinds = [...new Set(engines.map((each) => each.kind))].sort((a, b) => KINDS.indexOf(a) - KINDS.indexOf(b));
  return (
    <Radio.Group label={t("method")} value={value} onChange={onChange}>
      {kinds.map((kind) => (
        <section key={kind}>
          <Text size="sm" c="dimmed" mt="sm" mb="xs">{t(`engineKind.${kind}`, { defaultValue: kind })}: {t(`kindMore.${kind}`, { defaultValue: "" })}</Text>
          <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }}>
            {engines.filter((each) => each.kind === kind).map((engine) => (
              <Radio.Card key={engine.name} value={engine.name} p="md" className="engine" disabled={lacking(engine)}>
                <Text fw={600}>{engine.title}</Text>
                {lacking(engine) && <Text size="sm" className="engine-lacks"><IconLock size={14} aria-hidden /> {t("lacksBase")}</Text>}
                <Text size="sm">{engine.summary}</Text>
                <Text size="xs" c="dimmed" mt={6}><b>{t("when")}</b> {engine.when}</Text>
                <Text size="xs" c="dimmed" mt={2}><b>{t("whenNot")}</b> {engine.when_not}</Text>
                {engine.base_weights !== "none" && !lacking(engine) && <Text size="xs" c="dimmed" mt={2}><b>{t("baseWeights")}</b> {t(`baseKind.${engine.base_weights}`)}</Text>}
                {engine.needs.length > 0 && <Text size="xs" c="dimmed" mt={2}><b>{t("needs")}</b> {engine.needs.join(", ")}</Text>}
              </Radio.Card>
            ))}
          </SimpleGrid>
        </section>
      ))}
      {engines.some(lacking) && <Text size="sm" c="dimmed" mt="sm">{t("someLack")} <Link className="link" to="/base-weights">{t("toStore")}</Link></Text>}
    </Radio.Group>
  );
}
