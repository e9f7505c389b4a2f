import { Button, Grid } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router-dom";
import { api } from "../../api/client";
import type { Model } from "../../api/types";
import { Figure } from "../../parts/Figure";
import { number } from "../../parts/format";
import { Page } from "../../parts/Page";
import { QueryState } from "../../parts/QueryState";
import { Can } from "../../state/can";
import { BatchDialog } from "./BatchDialog";
import { Evidence } from "./Evidence";
import { Origin } from "./Origin";
import { Parity } from "./Parity";
import { ReleaseDialog } from "./ReleaseDialog";
import { ReleaseHistory } from "./ReleaseHistory";
import { useExtends } from "../extend/useExtends";
import { Threshold } from "./Threshold";
import { WhereNow } from "./WhereNow";
import "../../parts/table.css";
import "./models.css";

/** One model: what it is worth, where it came from, where it judges and judged. */
export default function ModelPage() {
  const { t } = useTranslation("models");
  const id = Number(useParams().id);
  const query = useQuery({ queryKey: ["model", id], queryFn: () => api.get<Model>(`/models/${id}`) });
  const [releasing, release] = useDisclosure(false);
  const [running, batch] = useDisclosure(false);
  const extendable = useExtends(query.data?.engine);
  const actions = query.data && (
    <>
      <Button variant="default" component={Link} to={`/models?compare=${id}`}>{t("compare")}</Button>
      {extendable && <Can do="train"><Button variant="default" component={Link} to={`/models/${id}/class`}>{t("action", { ns: "extend" })}</Button></Can>}
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
            <WhereNow model={model} />
            <Metrics model={model} />
            <Grid>
              <Grid.Col span={{ base: 12, lg: 8 }}>{model.kind === "anomaly" && <Threshold model={model} />}{model.evaluations?.map((each) => <Evidence key={each.split} of={each} kind={model.kind} />)}</Grid.Col>
              <Grid.Col span={{ base: 12, lg: 4 }}>
                {model.exports.map((each) => <Parity key={each.format} of={each} />)}
                <Origin model={model} />
              </Grid.Col>
            </Grid>
            <h2 className="section-title">{t("history")}</h2>
            <ReleaseHistory narrowed={{ model: id }} />
            <ReleaseDialog model={model} opened={releasing} onClose={release.close} />
            <BatchDialog model={model} opened={running} onClose={batch.close} />
          </>
        )}
      </QueryState>
    </Page>
  );
}

const NAMES = ["iou", "dice", "component_recall", "map50", "map50_95", "recall", "precision", "f1", "recall_at_fp_0_1", "recall_at_fp_0_5", "recall_at_fp_1", "stage1_recall", "stage2_recall", "stage3_recall", "stages_product", "accuracy", "balanced_accuracy", "image_auroc", "average_precision", "pixel_auroc", "pro", "image_recall", "image_false_alarms", "false_calls_nuisance"];

function Metrics({ model }: { model: Model }) {
  const { t, i18n } = useTranslation("models");
  const names = NAMES.filter((name) => model.metrics[name] !== undefined);
  const below = model.metrics.images === undefined ? undefined : t("onImages", { n: number(model.metrics.images) });
  return (
    <div className="figures" style={{ marginBottom: 16 }}>
      {names.map((name) => <Figure key={name} label={t(`metrics.${name}`)} value={number(model.metrics[name], 3)} below={below} about={i18n.exists(`models:about.${name}`) ? t(`about.${name}`) : undefined} />)}
    </div>
  );
}
