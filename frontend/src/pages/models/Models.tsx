import { Button, Table, Text } from "@mantine/core";
import { IconBox } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import { api, everyPage } from "../../api/client";
import type { Model, Page as ListPage, Release } from "../../api/types";
import { Empty } from "../../parts/Empty";
import { Page } from "../../parts/Page";
import { QueryState } from "../../parts/QueryState";
import { Time } from "../../parts/Time";
import { useScope } from "../../state/scope";
import { keyMetric } from "../training/metrics";
import { ReleaseHistory } from "./ReleaseHistory";

/** Which model judges what, since when? */
export default function Models() {
  const { t } = useTranslation("models");
  const scope = useScope();
  const models = useQuery({ queryKey: ["models"], queryFn: () => everyPage<Model>("/models") });
  const releases = useQuery({
    queryKey: ["releases", scope.line],
    queryFn: () => api.get<ListPage<Release>>("/releases", { line: scope.line, limit: 100 }),
  });
  const name = (id: number) => keyMetric(models.data?.find((each) => each.id === id)?.metrics);
  return (
    <Page title={t("title")}>
      <h2 style={{ fontSize: 16 }}>{t("inForce")}</h2>
      <QueryState query={releases}>
        {(page) => {
          const standing = page.results.filter((each) => each.at && !each.ended_at);
          if (!standing.length) return <Text size="sm" c="dimmed">{t("noneInForce")}</Text>;
          return (
            <div className="table-scroll panel">
              <Table>
                <Table.Thead><Table.Tr>{["product", "station", "model", "metric", "since"].map((each) => <Table.Th key={each}>{t(each)}</Table.Th>)}</Table.Tr></Table.Thead>
                <Table.Tbody>
                  {standing.map((each) => (
                    <Table.Tr key={each.id}>
                      <Table.Td>{each.product_code}</Table.Td>
                      <Table.Td>{each.line_name} / {each.station_name}</Table.Td>
                      <Table.Td><Link className="link" to={`/models/${each.model}`}>#{each.model} {each.model_name}</Link></Table.Td>
                      <Table.Td>{name(each.model)}</Table.Td>
                      <Table.Td><Time at={each.at} /> · {each.by}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </div>
          );
        }}
      </QueryState>
      <h2 style={{ fontSize: 16, marginTop: 24 }}>{t("all")}</h2>
      <QueryState query={models} empty={<Empty icon={IconBox} title={t("empty.title")} text={t("empty.text")} action={<Button component={Link} to="/training/new">{t("empty.action")}</Button>} />}>
        {(all) => (
          <div className="table-scroll panel">
            <Table highlightOnHover>
              <Table.Thead><Table.Tr>{["model", "dataset", "metric", "made", "use"].map((each) => <Table.Th key={each}>{t(each)}</Table.Th>)}</Table.Tr></Table.Thead>
              <Table.Tbody>
                {all.map((each) => (
                  <Table.Tr key={each.id}>
                    <Table.Td><Link className="link" to={`/models/${each.id}`}>#{each.id} {each.name}</Link></Table.Td>
                    <Table.Td>{each.dataset_name}</Table.Td>
                    <Table.Td>{keyMetric(each.metrics)}</Table.Td>
                    <Table.Td><Time at={each.created_at} /></Table.Td>
                    <Table.Td>{each.in_use.map((use) => `${use.line_name} / ${use.station_name}`).join(", ") || <span className="dim">{t("candidate")}</span>}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
      </QueryState>
      <h2 style={{ fontSize: 16, marginTop: 24 }}>{t("history")}</h2>
      <ReleaseHistory releases={releases.data?.results ?? []} onChange={() => void releases.refetch()} />
    </Page>
  );
}
