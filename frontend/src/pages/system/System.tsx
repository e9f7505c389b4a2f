import { Progress, Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router-dom";
import { api } from "../../api/client";
import type { SystemState } from "../../api/types";
import { Figure } from "../../parts/Figure";
import { bytes, number } from "../../parts/format";
import { Page } from "../../parts/Page";
import { QueryState } from "../../parts/QueryState";
import { Shape } from "../../parts/Verdict";
import { Can, useCan } from "../../state/can";
import { Tokens } from "./Tokens";
import { Trail } from "./Trail";
import { Workers } from "./Workers";

/** Is it healthy, and who did what? */
export default function System() {
  const { t } = useTranslation("system");
  const whole = useCan("system");
  const [search, setSearch] = useSearchParams();
  const tab = search.get("tab") ?? (whole ? "state" : "trail");
  const turn = (to: string | null) => setSearch((old) => new URLSearchParams([...scopeEntries(old), ["tab", to ?? "state"]]));
  return (
    <Page title={t("title")}>
      <Tabs value={tab} onChange={turn} keepMounted={false}>
        <Tabs.List mb="md">
          {whole && <Tabs.Tab value="state">{t("state")}</Tabs.Tab>}
          <Can do="audit"><Tabs.Tab value="trail">{t("trail")}</Tabs.Tab></Can>
        </Tabs.List>
        {whole && <Tabs.Panel value="state"><State /></Tabs.Panel>}
        <Tabs.Panel value="trail"><Trail /></Tabs.Panel>
      </Tabs>
    </Page>
  );
}

const scopeEntries = (search: URLSearchParams) => [...search].filter(([name]) => name === "site" || name === "line");

function State() {
  const { t } = useTranslation("system");
  const query = useQuery({ queryKey: ["system"], queryFn: () => api.get<SystemState>("/system"), refetchInterval: 5000 });
  return (
    <QueryState query={query}>
      {(now) => (
        <div style={{ display: "grid", gridTemplateColumns: "minmax(0, 1fr)", gap: 16 }}>
          <div className="figures">
            {now.servers.map((each) => <Figure key={each.name} label={t(`server.${each.name}`, { defaultValue: each.name })} value={<><Shape sign={each.ok ? "ok" : "ng"} size={20} /> {t(each.ok ? "ok" : "down")}</>} below={each.detail} />)}
            <Figure label={t("disk")} value={bytes(now.disk.free)} below={<><Progress value={(1 - now.disk.free / now.disk.total) * 100} size="xs" my={4} />{t("diskOf", { total: bytes(now.disk.total) })}</>} />
            <Figure label={t("warm")} value={number(now.models_warm.length)} below={now.models_warm.map((id) => `#${id}`).join(", ")} />
          </div>
          <div className="figures">{now.queues.map((each) => <Figure key={each.name} label={t(`queue.${each.name}`, { defaultValue: each.name })} value={number(each.length)} below={t("waiting")} />)}</div>
          <Workers of={now} />
          <Tokens />
          <section className="panel" style={{ padding: 16 }}>
            <h2 style={{ margin: "0 0 8px", fontSize: 16 }}>{t("versions")}</h2>
            <p className="dim" style={{ margin: 0 }}>{Object.entries(now.versions).map(([name, version]) => `${name} ${version}`).join(" · ")}</p>
          </section>
        </div>
      )}
    </QueryState>
  );
}
