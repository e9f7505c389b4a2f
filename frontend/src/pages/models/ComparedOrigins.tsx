import { Table, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Model } from "../../api/types";
import { Time } from "../../parts/Time";
import { differing } from "./difference";

/** Where both came from, and the settings in which they differ. */
export function ComparedOrigins({ pair }: { pair: [Model, Model] }) {
  const { t } = useTranslation("models");
  const facts: [string, (model: Model) => ReactNode][] = [
    ["engine", (model) => model.engine],
    ["dataset", (model) => <>{model.dataset_name ?? "–"} {model.dataset_number !== null && `v${model.dataset_number}`}</>],
    ["classes", (model) => model.classes.join(", ")],
    ["made", (model) => <Time at={model.created_at} />],
    ["use", (model) => model.in_use.map((use) => `${use.line_name} / ${use.station_name}`).join(", ") || t("candidate")],
    ["precisionServed", (model) => model.exports.map((each) => each.precision).join(", ") || "–"],
  ];
  const settings = differing(pair[0].params, pair[1].params);
  const shown = (value: unknown) => (value === undefined ? "–" : typeof value === "object" ? JSON.stringify(value) : String(value));
  return (
    <section className="panel" style={{ padding: 16, height: "100%" }}>
      <h2 className="panel-title">{t("origins")}</h2>
      <div className="table-scroll">
        <Table>
          <Table.Thead><Table.Tr><Table.Th />{pair.map((model, index) => <Table.Th key={index}>{"AB"[index]} · #{model.id}</Table.Th>)}</Table.Tr></Table.Thead>
          <Table.Tbody>
            {facts.map(([name, of]) => <Table.Tr key={name}><Table.Td className="dim">{t(name)}</Table.Td>{pair.map((model, index) => <Table.Td key={index}>{of(model)}</Table.Td>)}</Table.Tr>)}
            {settings.map((name) => <Table.Tr key={name}><Table.Td><code className="small">{name}</code></Table.Td>{pair.map((model, index) => <Table.Td key={index}>{shown(model.params[name])}</Table.Td>)}</Table.Tr>)}
          </Table.Tbody>
        </Table>
      </div>
      {!settings.length && <Text size="sm" c="dimmed" mt="sm">{t("sameSettings")}</Text>}
    </section>
  );
}
