import { Progress, Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { SystemState } from "../../api/types";
import { Figure } from "../../parts/Figure";
import { bytes, number } from "../../parts/format";
import { Page } from "../../parts/Page";
import { QueryState } from "../../parts/QueryState";
import { Ago } from "../../parts/Time";
import { Shape } from "../../parts/Verdict";
import { Can, useCan } from "../../state/can";
import { Trail } from "./Trail";

/** Is it healthy, and who did what? */
export default function System() {
  const { t } = useTranslation("system");
  const whole = useCan("system");
  return (
    <Page title={t("title")}>
      <Tabs defaultValue={whole ? "state" : "trail"} keepMounted={false}>
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

function State() {
  const { t } = useTranslation("system");
  const query = useQuery({ queryKey: ["system"], queryFn: () => api.get<SystemState>("/system"), refetchInterval: 5000 });
  return (
    <QueryState query={query}>
      {(now) => (
        <div style={{ display: "grid", gap: 16 }}>
          <div className="figures">
            {now.servers.map((each) => <Figure key={each.name} label={t(`server.${each.name}`, { defaultValue: each.name })} value={<><Shape sign={each.ok ? "ok" : "ng"} size={20} /> {t(each.ok ? "ok" : "down")}</>} below={each.detail} />)}
            <Figure label={t("disk")} value={bytes(now.disk.free)} below={<><Progress value={(1 - now.disk.free / now.disk.total) * 100} size="xs" my={4} />{t("diskOf", { total: bytes(now.disk.total) })}</>} />
            <Figure label={t("warm")} value={number(now.models_warm.length)} below={now.models_warm.map((id) => `#${id}`).join(", ")} />
          </div>
          <div className="figures">{now.queues.map((each) => <Figure key={each.name} label={t(`queue.${each.name}`, { defaultValue: each.name })} value={number(each.length)} below={t("waiting")} />)}</div>
          <section className="panel" style={{ padding: 16 }}>
            <h2 style={{ margin: "0 0 8px", fontSize: 16 }}>{t("workers")}</h2>
            {now.workers.map((each) => (
              <p key={each.name} style={{ margin: "4px 0" }}><Shape sign="ok" size={10} /> <b>{each.kind}</b> <span className="dim">{each.name} · <Ago at={each.seen_at} /></span> {each.job && t("onJob", { id: each.job })} {String(each.device.name ?? "")} {each.device.problem ? String(each.device.problem) : ""}</p>
            ))}
            {Object.entries(now.models_broken).map(([id, why]) => <p key={id}><Shape sign="ng" size={10} /> {t("brokenModel", { id })}: {why}</p>)}
          </section>
          <section className="panel" style={{ padding: 16 }}>
            <h2 style={{ margin: "0 0 8px", fontSize: 16 }}>{t("versions")}</h2>
            <p className="dim" style={{ margin: 0 }}>{Object.entries(now.versions).map(([name, version]) => `${name} ${version}`).join(" · ")}</p>
          </section>
        </div>
      )}
    </QueryState>
  );
}
