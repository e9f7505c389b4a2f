import { Button, Checkbox, Group, Table, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import type { Model } from "../../api/types";
import { number } from "../../parts/format";
import { Time } from "../../parts/Time";
import { KeyFigure } from "./Term";

const FIRST = 25;

/** Every model, newest first; two that are ticked can be compared. */
export function ModelTable({ models }: { models: Model[] }) {
  const { t } = useTranslation("models");
  const [ticked, setTicked] = useState<number[]>([]);
  const [all, setAll] = useState(false);
  const tick = (id: number) => setTicked((old) => (old.includes(id) ? old.filter((each) => each !== id) : [...old, id].slice(-2)));
  const shown = all ? models : models.slice(0, FIRST);
  return (
    <>
      <Group mb="sm" gap="md" mih={36}>
        <Button size="xs" variant="default" disabled={ticked.length !== 2} component={Link} to={`/models?compare=${[...ticked].sort((a, b) => b - a).join(",")}`}
          onClick={(event: React.MouseEvent) => ticked.length !== 2 && event.preventDefault()}>{t("compareTicked")}</Button>
        {ticked.length < 2 && <Text size="xs" c="dimmed">{t("tickTwo")}</Text>}
      </Group>
      <div className="table-scroll panel">
        <Table highlightOnHover className="rows roomy cards">
          <Table.Thead><Table.Tr><Table.Th w={40} />{["model", "dataset", "metric", "images", "made", "use"].map((each) => <Table.Th key={each}>{t(each)}</Table.Th>)}</Table.Tr></Table.Thead>
          <Table.Tbody>
            {shown.map((each) => (
              <Table.Tr key={each.id}>
                <Table.Td><Checkbox size="xs" checked={ticked.includes(each.id)} onChange={() => tick(each.id)} aria-label={t("tick", { id: each.id })} /></Table.Td>
                <Table.Td data-label={t("model")} miw={180}><Link className="link" to={`/models/${each.id}`}>#{each.id} {each.name}</Link></Table.Td>
                <Table.Td data-label={t("dataset")} miw={140}>{each.dataset_name ?? "–"} <span className="dim small">{each.dataset_number !== null && `v${each.dataset_number}`}</span></Table.Td>
                <Table.Td data-label={t("metric")}><KeyFigure metrics={each.metrics} /></Table.Td>
                <Table.Td data-label={t("images")}>{number(each.metrics.images)}</Table.Td>
                <Table.Td data-label={t("made")}><Time at={each.created_at} /></Table.Td>
                <Table.Td data-label={t("use")}>{each.in_use.map((use) => `${use.line_name} / ${use.station_name}`).join(", ") || <span className="dim">{t("candidate")}</span>}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {shown.length < models.length && <Group justify="center" mt="sm"><Button variant="default" onClick={() => setAll(true)}>{t("showAll", { n: models.length })}</Button></Group>}
    </>
  );
}
