import { Button, Group, Loader, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import type { Model, Release } from "../../api/types";
import { number } from "../../parts/format";
import { Ago, Time } from "../../parts/Time";
import { Rollback } from "./Rollback";
import { KeyFigure } from "./Term";

interface Props { releases: Release[]; models: Model[] }
interface Place { key: string; standing: Release | undefined; warming: Release | undefined }

/** Product by station: the version that judges there, since when and by whom; what could take its place. */
export function InForce({ releases, models }: Props) {
  const { t } = useTranslation("models");
  const places = placesOf(releases);
  if (!places.length) return <Text size="sm" c="dimmed">{t("noneInForce")}</Text>;
  return (
    <div className="table-scroll panel">
      <Table verticalSpacing="xs" className="rows roomy cards">
        <Table.Thead><Table.Tr>{["product", "station", "model", "metric", "since", "candidates"].map((each) => <Table.Th key={each}>{t(each)}</Table.Th>)}<Table.Th /></Table.Tr></Table.Thead>
        <Table.Tbody>{places.map((place) => <Row key={place.key} place={place} models={models} />)}</Table.Tbody>
      </Table>
    </div>
  );
}

function Row({ place: { standing, warming }, models }: { place: Place; models: Model[] }) {
  const { t } = useTranslation("models");
  const row = (standing ?? warming)!;
  const model = models.find((each) => each.id === row.model);
  return (
    <Table.Tr>
      <Table.Td data-label={t("product")} fw={600} className="nowrap">{row.product_code}</Table.Td>
      <Table.Td data-label={t("station")} miw={140}>{row.line_name} / {row.station_name}</Table.Td>
      <Table.Td data-label={t("model")} miw={200}>
        {standing && <><Link className="link" to={`/models/${standing.model}`}>#{standing.model} {standing.model_name}</Link> <span className="dim small nowrap">{t("revision", { n: standing.revision })}</span></>}
        {warming && (
          <Group gap={6} wrap="nowrap" role="status"><Loader size={12} /><span className="small">{t(standing ? "warmingBeside" : "warmingFirst", { model: warming.model })} <Ago at={warming.asked_at} /></span></Group>
        )}
      </Table.Td>
      <Table.Td data-label={t("metric")}><KeyFigure metrics={model?.metrics} /><Others metrics={model?.metrics} /></Table.Td>
      <Table.Td data-label={t("since")}>{standing && <><Time at={standing.at} /><div className="small dim">{standing.by}</div></>}</Table.Td>
      <Table.Td data-label={t("candidates")}><Candidates row={row} model={model} models={models} /></Table.Td>
      <Table.Td ta="right">{standing && <Rollback standing={standing} />}</Table.Td>
    </Table.Tr>
  );
}

function Others({ metrics }: { metrics: Model["metrics"] | undefined }) {
  const { t } = useTranslation("models");
  const known = ["recall", "precision"].filter((name) => metrics?.[name] !== undefined);
  return <div className="small dim nowrap">{known.map((name) => `${t(`metrics.${name}`)} ${number(metrics![name], 2)}`).join(" · ")}</div>;
}

/** Newer models of the same data that judge nowhere yet. */
function Candidates({ row, model, models }: { row: Release; model: Model | undefined; models: Model[] }) {
  const { t } = useTranslation("models");
  const newer = models.filter((each) => each.id > row.model && !each.in_use.length && each.dataset_name === model?.dataset_name).slice(0, 2);
  if (!newer.length) return <span className="dim">–</span>;
  return (
    <div className="candidates">
      {newer.map((each) => (
        <Group key={each.id} gap="sm" wrap="nowrap">
          <Link className="link" to={`/models/${each.id}`}>#{each.id}</Link>
          <KeyFigure metrics={each.metrics} />
          <Button size="compact-xs" variant="light" component={Link} to={`/models?compare=${each.id},${row.model}&at=${row.station}.${row.product}`}>{t("compare")}</Button>
        </Group>
      ))}
    </div>
  );
}

/** One row a station and product, in the order of their names. */
function placesOf(releases: Release[]): Place[] {
  const found = new Map<string, Place>();
  for (const release of releases) {
    const key = `${release.station}.${release.product}`;
    const place = found.get(key) ?? { key, standing: undefined, warming: undefined };
    place[release.at ? "standing" : "warming"] ??= release;
    found.set(key, place);
  }
  const name = (place: Place) => { const row = (place.standing ?? place.warming)!; return `${row.product_code} ${row.line_name} ${row.station_name}`; };
  return [...found.values()].sort((a, b) => name(a).localeCompare(name(b)));
}
