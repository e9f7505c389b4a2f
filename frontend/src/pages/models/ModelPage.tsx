import { Button, Grid, Table } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router-dom";
import { api } from "../../api/client";
import type { Model } from "../../api/types";
import { Figure } from "../../parts/Figure";
import { number } from "../../parts/format";
import { Page } from "../../parts/Page";
import { QueryState } from "../../parts/QueryState";
import { Time } from "../../parts/Time";
import { Can } from "../../state/can";
import { BatchDialog } from "./BatchDialog";
import { Evidence } from "./Evidence";
import { ReleaseDialog } from "./ReleaseDialog";

/** One model: what it is worth, where it came from, where it judges. */
export default function ModelPage() {
  const { t } = useTranslation("models");
  const id = Number(useParams().id);
  const query = useQuery({ queryKey: ["model", id], queryFn: () => api.get<Model>(`/models/${id}`) });
  const [releasing, release] = useDisclosure(false);
  const [running, batch] = useDisclosure(false);
  const actions = query.data && (
    <>
      <Can do="train"><Button variant="default" onClick={batch.open}>{t("batch")}</Button></Can>
      <Can do="train"><Button variant="default" component={Link} to={`/training/new?engine=${query.data.engine}&parent=${id}&version=${query.data.dataset_version}`}>{t("goOn")}</Button></Can>
      <Can do="release"><Button onClick={release.open}>{t("release")}</Button></Can>
    </>
  );
  return (
    <Page title={`#${id} ${query.data?.name ?? ""}`} actions={actions}>
      <QueryState query={query}>
        {(model) => (
          <>
            <div className="figures" style={{ marginBottom: 16 }}>
              {Object.entries(model.metrics).slice(0, 8).map(([name, value]) => <Figure key={name} label={t(`metrics.${name}`, { defaultValue: name })} value={number(value, name === "images" ? 0 : 3)} />)}
            </div>
            <Grid>
              <Grid.Col span={{ base: 12, lg: 8 }}>{model.evaluations?.map((each) => <Evidence key={each.split} of={each} />)}</Grid.Col>
              <Grid.Col span={{ base: 12, lg: 4 }}><Origin model={model} /></Grid.Col>
            </Grid>
            <ReleaseDialog model={model} opened={releasing} onClose={release.close} />
            <BatchDialog model={model} opened={running} onClose={batch.close} />
          </>
        )}
      </QueryState>
    </Page>
  );
}

function Origin({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  const rows: [string, ReactNode][] = [
    ["use", model.in_use.map((use) => `${use.line_name} / ${use.station_name} (${use.product_code})`).join(", ") || t("candidate")],
    ["made", <Time key="m" at={model.created_at} />],
    ["dataset", `${model.dataset_name ?? "–"} (${t("versionId", { id: model.dataset_version })})`],
    ["job", model.job && <Link className="link" to={`/jobs/${model.job}`}>#{model.job}</Link>],
    ["parent", model.parent && <Link className="link" to={`/models/${model.parent}`}>#{model.parent}</Link>],
    ["classes", model.classes.join(", ")],
    ["code", model.code_version],
    ["artefact", <a key="a" className="link" href={`/api/v1/models/${model.id}/artefact`}><code>{model.artefact_sha256.slice(0, 16)}</code></a>],
    ...model.exports.map((each): [string, ReactNode] => ["export", <span key={each.format}>{each.format} {each.precision} · {each.parity.ok === false ? t("parityBad") : t("parityGood", { n: Number(each.parity.n ?? 0) })}</span>]),
    ["params", <code key="p" className="small" style={{ wordBreak: "break-word" }}>{Object.entries(model.params).map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(" ")}</code>],
  ];
  return (
    <section className="panel" style={{ padding: 8 }}>
      <Table>
        <Table.Tbody>
          {rows.filter(([, value]) => value).map(([name, value], index) => <Table.Tr key={index}><Table.Td className="dim" w={90}>{t(name)}</Table.Td><Table.Td>{value}</Table.Td></Table.Tr>)}
        </Table.Tbody>
      </Table>
    </section>
  );
}
