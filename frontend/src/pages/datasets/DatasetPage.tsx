import { Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useParams, useSearchParams } from "react-router-dom";
import { api } from "../../api/client";
import type { Dataset } from "../../api/types";
import { number } from "../../parts/format";
import { Page } from "../../parts/Page";
import { QueryState } from "../../parts/QueryState";
import { ClassBars } from "./ClassBars";
import { Gallery } from "./Gallery";
import { Imports } from "./Imports";
import { Versions } from "./Versions";

/** One dataset: images, classes, versions, imports. */
export default function DatasetPage() {
  const { t } = useTranslation("datasets");
  const id = Number(useParams().id);
  const [search, setSearch] = useSearchParams();
  const query = useQuery({ queryKey: ["dataset", id], queryFn: () => api.get<Dataset>(`/datasets/${id}`) });
  const tab = search.get("tab") ?? "images";
  return (
    <Page title={query.data?.name ?? t("title")} beside={query.data && <span className="dim">{t(`task.${query.data.task}`)}</span>}>
      <QueryState query={query}>
        {(dataset) => (
          <Tabs value={tab} onChange={(value) => setSearch({ tab: value ?? "images" })} keepMounted={false}>
            <Tabs.List mb="md">
              <Tabs.Tab value="images">{t("imagesTab", { n: number(dataset.summary.samples) })}</Tabs.Tab>
              <Tabs.Tab value="classes">{t("classesTab", { n: dataset.summary.classes.length })}</Tabs.Tab>
              <Tabs.Tab value="versions">{t("versionsTab", { n: dataset.summary.versions })}</Tabs.Tab>
              <Tabs.Tab value="imports">{t("importsTab")}</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="images"><Gallery dataset={dataset} /></Tabs.Panel>
            <Tabs.Panel value="classes"><div className="panel" style={{ padding: 16, maxWidth: 640 }}><ClassBars classes={dataset.summary.classes} /></div></Tabs.Panel>
            <Tabs.Panel value="versions"><Versions dataset={dataset} /></Tabs.Panel>
            <Tabs.Panel value="imports"><Imports dataset={dataset} /></Tabs.Panel>
          </Tabs>
        )}
      </QueryState>
    </Page>
  );
}
