import { Table } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import type { Base, Model } from "../../api/types";
import { Time } from "../../parts/Time";
import { Can } from "../../state/can";
import { Varied } from "../training/Varied";
import { Hash } from "../weights/Hash";

/** Where a model came from: data, training, parent, settings, code, weights. */
export function Origin({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  const version = model.dataset_number === null ? "" : `v${model.dataset_number}`;
  const rows: [string, ReactNode][] = [
    ["made", <Time key="m" at={model.created_at} />],
    ["dataset", `${model.dataset_name ?? "–"} ${version}`],
    ["job", model.job && <Can do="train" otherwise={`#${model.job}`}><Link className="link" to={`/jobs/${model.job}`}>#{model.job}</Link></Can>],
    ["parent", model.parent && <Link className="link" to={`/models/${model.parent}`}>#{model.parent}</Link>],
    ["note", model.note],
    ["base", model.base && <BaseOf key="b" base={model.base} />],
    ["engine", model.engine],
    ["preset", model.augmentation.preset && <Varied key="v" preset={model.augmentation.preset} values={model.augmentation.values} />],
    ["classes", model.classes.join(", ")],
    ["code", model.code_version],
    ["artefact", <a key="a" className="link" href={`/api/v1/models/${model.id}/artefact`}><code>{model.artefact_sha256.slice(0, 16)}</code></a>],
  ];
  return (
    <section className="panel" style={{ padding: 16 }}>
      <h2 className="panel-title">{t("origin")}</h2>
      <Table>
        <Table.Tbody>
          {rows.filter(([, value]) => value).map(([name, value]) => <Table.Tr key={name}><Table.Td className="dim" w={100}>{t(name)}</Table.Td><Table.Td style={{ wordBreak: "break-word" }}>{value}</Table.Td></Table.Tr>)}
        </Table.Tbody>
      </Table>
      <h3 style={{ margin: "16px 0 4px", fontSize: 14 }}>{t("params")}</h3>
      <Table verticalSpacing={2}>
        <Table.Tbody>
          {Object.entries(model.params).map(([name, value]) => <Table.Tr key={name}><Table.Td><code className="small">{name}</code></Table.Td><Table.Td ta="right">{typeof value === "object" ? JSON.stringify(value) : String(value)}</Table.Td></Table.Tr>)}
        </Table.Tbody>
      </Table>
    </section>
  );
}

/** The base weights that it goes back to, and the licence that goes along. */
function BaseOf({ base }: { base: Base }) {
  const { t } = useTranslation("models");
  return (
    <>
      <Can do="train" otherwise={base.name}><Link className="link" to="/base-weights">{base.name}</Link></Can> {base.through && <span className="dim">{t("through", { id: base.through })}</span>}
      <div className="small dim">{t("licenceOf", { licence: base.licence })}</div>
      <Hash of={base.sha256} />
    </>
  );
}
