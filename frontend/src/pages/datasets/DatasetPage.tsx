import { Button, Tabs } from "@mantine/core";
import { IconSparkles, IconUpload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useParams, useSearchParams } from "react-router-dom";
import { api } from "../../api/client";
import type { Dataset } from "../../api/types";
import { number } from "../../parts/format";
import { Page } from "../../parts/Page";
import { QueryState } from "../../parts/QueryState";
import { useDrop } from "../../upload/Drop";
import { uploads, useUploads } from "../../upload/store";
import { ClassBars } from "./ClassBars";
import { Gallery } from "./Gallery";
import { Imports } from "./Imports";
import { Problems, troubles } from "./Problems";
import { Versions } from "./Versions";
import "./datasets.css";

/** One dataset: images, classes, problems, versions, imports. Files may be dropped anywhere on it. */
export default function DatasetPage() {
  const { t } = useTranslation("datasets");
  const id = Number(useParams().id);
  const [search, setSearch] = useSearchParams();
  const query = useQuery({ queryKey: ["dataset", id], queryFn: () => api.get<Dataset>(`/datasets/${id}`) });
  const tab = search.get("tab") ?? "images";
  const toImports = () => setSearch({ tab: "imports" });
  const drop = useDrop((files) => {
    uploads.add({ kind: "import", dataset: id }, files);
    toImports();
  });
  const upload = (
    <>
      <Button component={Link} to={`/synthetic?dataset=${id}`} variant="default" leftSection={<IconSparkles size={16} />}>{t("open", { ns: "synthetic" })}</Button>
      <Button leftSection={<IconUpload size={16} />} onClick={toImports} disabled={tab === "imports"}>{t("upload")}</Button>
    </>
  );
  return (
    <Page title={query.data?.name ?? t("title")} beside={query.data && <span className="dim">{t(`task.${query.data.task}`)}</span>} actions={upload}>
      <div className="takes-files dataset" data-over={drop.over} {...drop.at}>
        <QueryState query={query}>
          {(dataset) => (
            <Tabs value={tab} onChange={(value) => setSearch(value === "images" || !value ? {} : { tab: value })} keepMounted={false}>
              <DatasetTabs dataset={dataset} />
              <Tabs.Panel value="images"><Gallery dataset={dataset} /></Tabs.Panel>
              <Tabs.Panel value="classes"><div className="panel" style={{ padding: 16, maxWidth: 640 }}><ClassBars classes={dataset.summary.classes} /></div></Tabs.Panel>
              <Tabs.Panel value="problems"><Problems dataset={dataset} /></Tabs.Panel>
              <Tabs.Panel value="versions"><Versions dataset={dataset} /></Tabs.Panel>
              <Tabs.Panel value="imports"><Imports dataset={dataset} /></Tabs.Panel>
            </Tabs>
          )}
        </QueryState>
      </div>
    </Page>
  );
}

function DatasetTabs({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation("datasets");
  const { samples, classes, versions, problems } = dataset.summary;
  const busy = useUploads({ kind: "import", dataset: dataset.id }).some(({ result }) => result === null);
  return (
    <Tabs.List mb="md" className="dataset-tabs">
      <Tabs.Tab value="images">{t("imagesTab", { n: number(samples) })}</Tabs.Tab>
      <Tabs.Tab value="classes">{t("classesTab", { n: classes.length })}</Tabs.Tab>
      <Tabs.Tab value="problems">{t("problemsTab", { n: number(troubles(dataset, t).length + problems) })}</Tabs.Tab>
      <Tabs.Tab value="versions">{t("versionsTab", { n: versions })}</Tabs.Tab>
      <Tabs.Tab value="imports">{t(busy ? "importsBusy" : "importsTab")}</Tabs.Tab>
    </Tabs.List>
  );
}
