import { ActionIcon, Alert, Button, Group, Modal, NumberInput, SegmentedControl, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Point } from "../../api/types";
import { Problem } from "../../parts/Problem";
import { zoneWords } from "./ruleWords";
import type { useStoredImages } from "./useStoredImages";
import { LEAST, MOST, moved, rectangle, withPoint, without } from "./zone";
import { type Tool, ZoneStage } from "./ZoneStage";

interface Props { zone: Point[] | null; stored: ReturnType<typeof useStoredImages>; onClose: () => void; onDone: (zone: Point[] | null) => void }

/** Where a rule holds: drawn on a stored image, or typed in per cent of it. */
export function ZoneDialog({ zone: start, stored, onClose, onDone }: Props) {
  const { t } = useTranslation("products");
  const [zone, setZone] = useState<Point[]>(start ?? []);
  const [tool, setTool] = useState<Tool>("rectangle");
  const [shown, setShown] = useState(0);
  const whole = zone.length >= LEAST;
  return (
    <Modal opened onClose={onClose} title={t("zoneTitle")} size="xl">
      <Stack gap="md">
        <Group justify="space-between">
          <SegmentedControl size="xs" value={tool} onChange={(value) => setTool(value as Tool)} data={["rectangle", "polygon"].map((value) => ({ value, label: t(`tool.${value}`) }))} />
          <Text size="xs" c="dimmed" style={{ flex: 1 }}>{t(`toolMore.${tool}`)}</Text>
        </Group>
        <Problem error={stored.error} />
        <ZoneStage src={stored.images[shown]?.url} zone={zone} tool={tool} onChange={setZone} />
        {stored.images.length > 1 && (
          <div className="stored" role="group" aria-label={t("storedImages")}>
            {stored.images.map((each, index) => <button key={each.key} type="button" aria-pressed={index === shown} aria-label={each.label} title={each.label} onClick={() => setShown(index)}><img src={each.thumbnail} alt="" loading="lazy" /></button>)}
          </div>
        )}
        {!stored.images.length && !stored.loading && <Text size="xs" c="dimmed">{t("noStored")}</Text>}
        <Text size="sm" role="status">{whole ? zoneWords(zone, t) : t("zoneEmpty")}</Text>
        <Numbers zone={zone} onChange={setZone} />
        {zone.length > MOST && <Alert color="orange" variant="light">{t("zoneTooMany", { n: MOST })}</Alert>}
        <Group justify="space-between">
          <Button variant="subtle" color="gray" onClick={() => onDone(null)}>{t("zoneNone")}</Button>
          <Group><Button variant="default" onClick={onClose}>{t("confirm.cancel", { ns: "frame" })}</Button><Button disabled={!whole || zone.length > MOST} onClick={() => onDone(zone)}>{t("zoneTake")}</Button></Group>
        </Group>
      </Stack>
    </Modal>
  );
}

/** Every corner in numbers: per cent of width from the left, of height from above. */
function Numbers({ zone, onChange }: { zone: Point[]; onChange: (zone: Point[]) => void }) {
  const { t } = useTranslation("products");
  const add = () => onChange(zone.length ? withPoint(zone, zone.length < LEAST ? [0.5, 0.5] : middle(zone)) : rectangle([0.25, 0.25], [0.75, 0.75]));
  return (
    <div>
      <SimpleGrid cols={{ base: 1, xs: 2, sm: 3 }} spacing="xs">
        {zone.map(([x, y], index) => (
          <Group key={index} gap={4} wrap="nowrap">
            <Text size="xs" c="dimmed" w={18}>{index + 1}</Text>
            {([["x", x], ["y", y]] as const).map(([axis, value]) => (
              <NumberInput key={axis} size="xs" w={88} min={0} max={100} step={1} decimalScale={1} prefix={`${axis} `} suffix=" %" value={Math.round(value * 1000) / 10} aria-label={t("zoneNumber", { axis, n: index + 1 })}
                onChange={(typed) => typed !== "" && onChange(moved(zone, index, axis === "x" ? [Number(typed) / 100, y] : [x, Number(typed) / 100]))} />
            ))}
            <ActionIcon size="sm" disabled={zone.length <= LEAST} onClick={() => onChange(without(zone, index))} aria-label={t("zoneRemove", { n: index + 1 })}><IconTrash size={14} /></ActionIcon>
          </Group>
        ))}
      </SimpleGrid>
      <Button mt="xs" size="compact-xs" variant="light" leftSection={<IconPlus size={12} />} onClick={add}>{t(zone.length ? "zoneAddPoint" : "zoneTyped")}</Button>
    </div>
  );
}

/** Half-way between the last corner and the first. */
function middle(zone: Point[]): Point {
  const [[x0, y0], [x1, y1]] = [zone.at(-1)!, zone[0]!];
  return [(x0 + x1) / 2, (y0 + y1) / 2];
}
