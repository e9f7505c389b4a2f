import { Button } from "@mantine/core";
import { IconBox } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router-dom";
import { everyPage } from "../../api/client";
import type { Model } from "../../api/types";
import { Empty } from "../../parts/Empty";
import { Page } from "../../parts/Page";
import { QueryState } from "../../parts/QueryState";
import { Can } from "../../state/can";
import { useScope } from "../../state/scope";
import { Compare } from "./Compare";
import { InForce } from "./InForce";
import { ModelTable } from "./ModelTable";
import { ReleaseHistory } from "./ReleaseHistory";
import { useInForce } from "./useReleases";
import "../../parts/table.css";
import "./models.css";

/** Which model judges what, since when? Two of them side by side where the address says so. */
export default function Models() {
  const [search] = useSearchParams();
  return search.has("compare") ? <Compare /> : <Registry />;
}

function Registry() {
  const { t } = useTranslation("models");
  const { site, line } = useScope();
  const models = useQuery({ queryKey: ["models"], queryFn: () => everyPage<Model>("/models") });
  const now = useInForce({ site, line });
  const train = <Can do="train"><Button component={Link} to="/training/new">{t("empty.action")}</Button></Can>;
  return (
    <Page title={t("title")}>
      <h2 className="section-title">{t("inForce")}</h2>
      <QueryState query={now}>{(releases) => <InForce releases={releases} models={models.data ?? []} />}</QueryState>
      <h2 className="section-title">{t("all")}</h2>
      <QueryState query={models} empty={<Empty icon={IconBox} title={t("empty.title")} text={t("empty.text")} action={train} />}>
        {(all) => <ModelTable models={all} />}
      </QueryState>
      <h2 className="section-title">{t("history")}</h2>
      <ReleaseHistory narrowed={{ site, line }} />
    </Page>
  );
}
