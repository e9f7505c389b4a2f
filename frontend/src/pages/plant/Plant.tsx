import { Button, Grid, Text } from "@mantine/core";
import { IconBuildingFactory2, IconCamera, IconPlus, IconRoute, IconScan } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, everyPage } from "../../api/client";
import { queryClient, useLines, useSites, useStations } from "../../api/queries";
import type { Camera } from "../../api/types";
import { Empty } from "../../parts/Empty";
import { Page } from "../../parts/Page";
import { ResourceForm } from "../../parts/ResourceForm";
import { useCan } from "../../state/can";
import { Archived } from "./Archived";
import { fieldsOf, type Kind } from "./fields";
import "./plant.css";

export interface Chosen { kind: Kind; id: number | null; parent: number | null; values: Record<string, string | number | null> }

const SIGN = { sites: IconBuildingFactory2, lines: IconRoute, stations: IconScan, cameras: IconCamera };
const CHILD: Partial<Record<Kind, Kind>> = { sites: "lines", lines: "stations", stations: "cameras" };
const PARENT: Record<Kind, string> = { sites: "", lines: "site", stations: "line", cameras: "station" };

interface Node { kind: Kind; id: number; name: string; depth: number; row: object }

/** The plant as a tree: site, line, station, camera; the chosen one is edited beside it. */
export default function Plant() {
  const { t } = useTranslation("plant");
  const sites = useSites();
  const lines = useLines().data ?? [];
  const stations = useStations().data ?? [];
  const cameras = useQuery({ queryKey: ["cameras"], queryFn: () => everyPage<Camera>("/cameras") }).data ?? [];
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const whole = useCan("plant"); // sites, and which lines there are, concern everyone
  const nodes: Node[] = (sites.data ?? []).flatMap((site) => [
    { kind: "sites" as const, id: site.id, name: site.name, depth: 0, row: site },
    ...lines.filter((line) => line.site === site.id).flatMap((line) => [
      { kind: "lines" as const, id: line.id, name: line.name, depth: 1, row: line },
      ...stations.filter((each) => each.line === line.id).flatMap((station) => [
        { kind: "stations" as const, id: station.id, name: station.name, depth: 2, row: station },
        ...cameras.filter((each) => each.station === station.id).map((camera) => ({ kind: "cameras" as const, id: camera.id, name: camera.name, depth: 3, row: camera })),
      ]),
    ]),
  ]);
  const refresh = () => ["sites", "lines", "stations", "cameras", "board"].forEach((key) => void queryClient.invalidateQueries({ queryKey: [key] }));
  const add = (kind: Kind, parent: number | null) => setChosen({ kind, id: null, parent, values: kind === "sites" ? { timezone: Intl.DateTimeFormat().resolvedOptions().timeZone } : {} });
  const first = whole && <Button leftSection={<IconPlus size={16} />} onClick={() => add("sites", null)}>{t("addKind.sites")}</Button>;
  const child = chosen?.id && (whole || chosen.kind !== "sites") ? CHILD[chosen.kind] : undefined;
  const fixed = !whole && chosen?.kind === "sites";
  const removable = chosen?.id && (whole || chosen.kind !== "lines");
  return (
    <Page title={t("title")} actions={nodes.length > 0 && first}>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 5 }}>
          {sites.data && !nodes.length && !chosen && <Empty icon={IconBuildingFactory2} title={t("empty.title")} text={t("empty.text")} action={first} />}
          {nodes.length > 0 && (
            <ul className="tree panel">
              {nodes.map((node) => {
                const Sign = SIGN[node.kind];
                const here = chosen?.kind === node.kind && chosen.id === node.id;
                return (
                  <li key={`${node.kind}${node.id}`}>
                    <button type="button" className="quiet-button tree-row" aria-current={here} style={{ paddingLeft: 12 + node.depth * 24 }}
                      onClick={() => setChosen({ kind: node.kind, id: node.id, parent: null, values: editable(node) })}>
                      <Sign size={16} stroke={1.6} /> <span className="ellipsis">{node.name}</span>
                    </button>
                  </li>
                );
              })}
            </ul>
          )}
          <Archived restorable={(kind) => whole || kind !== "lines"} onRestored={refresh} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 7 }}>
          {chosen ? (
            <section className="panel" style={{ padding: 16 }}>
              <h2 style={{ margin: "0 0 12px", fontSize: 16 }}>{t(chosen.id ? `kind.${chosen.kind}` : `addKind.${chosen.kind}`)}</h2>
              {fixed ? <Text size="sm" c="dimmed" mb="md">{t("wholeOnly")}</Text> : <ResourceForm key={`${chosen.kind}${chosen.id}${chosen.parent}`} path={`/${chosen.kind}`} id={chosen.id} fields={fieldsOf(chosen.kind, t)} start={chosen.values}
                fixed={chosen.parent ? { [PARENT[chosen.kind]]: chosen.parent } : {}}
                onSaved={(saved) => { refresh(); setChosen({ ...chosen, id: saved.id, parent: null, values: editable({ kind: chosen.kind, row: saved }) }); }}
                onRemove={removable ? async () => { await api.delete(`/${chosen.kind}/${chosen.id}`); refresh(); setChosen(null); } : undefined} />}
              {child && <Button mt="md" variant="light" leftSection={<IconPlus size={16} />} onClick={() => add(child, chosen.id)}>{t(`addKind.${child}`)}</Button>}
            </section>
          ) : nodes.length > 0 && <Text size="sm" c="dimmed" p="md">{t("choose")}</Text>}
        </Grid.Col>
      </Grid>
    </Page>
  );
}

const EDITABLE: Record<Kind, string[]> = {
  sites: ["name", "timezone"], lines: ["name", "takt_s", "target_ng_rate", "position"], stations: ["name", "deadline_ms", "position"], cameras: ["name", "mm_per_pixel"],
};

function editable({ kind, row }: { kind: Kind; row: object }): Chosen["values"] {
  return Object.fromEntries(Object.entries(row).filter(([name]) => EDITABLE[kind].includes(name)));
}
