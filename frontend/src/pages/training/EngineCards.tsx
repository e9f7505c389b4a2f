import { Button, Radio, SimpleGrid, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconLock } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import type { Engine, Task } from "../../api/types";
import { number } from "../../parts/format";

const KINDS = ["detect", "segment", "classify", "anomaly"];

interface Props {
  engines: Engine[];
  /** Whether a method cannot be chosen for want of base weights. */
  lacking: (engine: Engine) => boolean;
  /** What the chosen dataset version is for: the other methods are folded away. */
  task?: Task;
  value: string | null;
  onChange: (name: string) => void;
}

/** The methods as cards by what they answer, each with when to use it and when not. */
export function EngineCards({ engines, lacking, task, value, onChange }: Props) {
  const { t } = useTranslation("training");
  const [all, { toggle }] = useDisclosure(false);
  const fits = (engine: Engine) => !task || engine.tasks.includes(task);
  const others = engines.filter((each) => !fits(each)).length;
  const shown = engines.filter((each) => all || fits(each) || each.name === value);
  const kinds = [...new Set(shown.map((each) => each.kind))].sort((a, b) => KINDS.indexOf(a) - KINDS.indexOf(b));
  return (
    <Radio.Group label={t("method")} value={value} onChange={onChange}>
      {kinds.map((kind) => (
        <section key={kind}>
          <Text size="sm" c="dimmed" mt="sm" mb="xs">{t(`engineKind.${kind}`, { defaultValue: kind })}: {t(`kindMore.${kind}`, { defaultValue: "" })}</Text>
          <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }}>
            {shown.filter((each) => each.kind === kind).map((engine) => (
              <Radio.Card key={engine.name} value={engine.name} p="md" className="engine" disabled={lacking(engine) || !fits(engine)}>
                <Text fw={600}>{engine.title}</Text>
                {!fits(engine) && <Text size="sm" className="engine-lacks"><IconLock size={14} aria-hidden /> {t("learnsFrom", { tasks: engine.tasks.map((each) => t(`tasks.${each}`, { ns: "words" })).join(", ") })}</Text>}
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
      {others > 0 && <Button variant="subtle" size="compact-sm" mt="sm" aria-expanded={all} onClick={toggle}>{t(all ? "othersFold" : "othersShow", { count: others, n: number(others) })}</Button>}
      {shown.some(lacking) && <Text size="sm" c="dimmed" mt="sm">{t("someLack")} <Link className="link" to="/base-weights">{t("toStore")}</Link></Text>}
    </Radio.Group>
  );
}
