import { Button, Grid, Skeleton, Stack, Text } from "@mantine/core";
import { IconBuildingFactory2, IconCamera, IconPlus, IconRoute, IconScan } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, everyPage } from "../../api/client";
import { queryClient, useLines, useSites, useStations } from "../../api/queries";
import type { Camera } from "../../api/types";
import { Empty } from "../../parts/Empty";
import { Page } from "../../parts/Page";
import { Problem } from "../../parts/Problem";
import { ResourceForm } from "../../parts/ResourceForm";
import { useCan } from "../../state/can";
import { Alignments } from "./Alignments";
import { Archived } from "./Archived";
import { fieldsOf, type Kind } from "./fields";
import { useChosen } from "./useChosen";
import "./plant.css";

const SIGN = { sites: IconBuildingFactory2, lines: IconRoute, stations: IconScan, cameras: IconCamera };
const CHILD: Partial<Record<Kind, Kind>> = { sites: "lines", lines: "stations", stations: "cameras" };
const PARENT: Record<Kind, string> = { sites: "", lines: "site", stations: "line", cameras: "station" };

interface Node { kind: Kind; id: number; name: string; depth: number; row: object }

/** The plant as a tree: site, line, station, camera; the chosen one is edited beside it. */
export default function Plant() {
  const { t } = useTranslation("plant");
  const sites = useSites();
  const queries = { lines: useLines(), stations: useStations(), cameras: useQuery({ queryKey: ["cameras"], queryFn: () => everyPage<Camera>("/cameras") }) };
  const lines = queries.lines.data ?? [];
  const stations = queries.stations.data ?? [];
  const cameras = queries.cameras.data ?? [];
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
  const [chosen, setChosen] = useChosen(nodes);
  const all = [sites, ...Object.values(queries)];
  const failed = all.find((each) => each.error);
  const refresh = () => ["sites", "lines", "stations", "cameras", "board"].forEach((key) => void queryClient.invalidateQueries({ queryKey: [key] }));
  const add = (kind: Kind, parent: number | null) => setChosen({ kind, id: null, parent, values: {} });
  const first = whole && <Button leftSection={<IconPlus size={16} />} onClick={() => add("sites", null)}>{t("addKind.sites")}</Button>;
  const child = chosen?.id && (whole || chosen.kind !== "sites") ? CHILD[chosen.kind] : undefined;
  const fixed = !whole && chosen?.kind === "sites";
  const camera = chosen?.kind === "cameras" && cameras.find((each) => each.id === chosen.id);
  const removable = chosen?.id && (whole || chosen.kind !== "lines");
  return (
    <Page title={t("title")} actions={nodes.length > 0 && first}>
      {failed && <Problem error={failed.error} onRetry={() => all.forEach((each) => void each.refetch())} />}
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 5 }}>
          {!failed && all.some((each) => each.isPending) && <Stack gap="sm">{[1, 2, 3, 4].map((row) => <Skeleton key={row} height={36} />)}</Stack>}
          {sites.data && !nodes.length && !chosen && <Empty icon={IconBuildingFactory2} title={t("empty.title")} text={t("empty.text")} action={first} />}
          {nodes.length > 0 && (
            <ul className="tree panel">
              {nodes.map((node) => {
                const Sign = SIGN[node.kind];
                const here = chosen?.kind === node.kind && chosen.id === node.id;
                return (
                  <li key={`${node.kind}${node.id}`}>
                    <button type="button" className="quiet-button tree-row" aria-current={here} style={{ paddingLeft: 12 + node.depth * 24 }}
                      onClick={() => setChosen({ kind: node.kind, id: node.id, parent: null, values: {} })}>
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
          {chosen ? (<>
            <section className="panel" style={{ padding: 16 }}>
              <h2 style={{ margin: "0 0 12px", fontSize: 16 }}>{t(chosen.id ? `kind.${chosen.kind}` : `addKind.${chosen.kind}`)}</h2>
              {fixed ? <Text size="sm" c="dimmed" mb="md">{t("wholeOnly")}</Text> : <ResourceForm key={`${chosen.kind}${chosen.id}${chosen.parent}`} path={`/${chosen.kind}`} id={chosen.id} fields={fieldsOf(chosen.kind, t)} start={chosen.values}
                fixed={chosen.parent ? { [PARENT[chosen.kind]]: chosen.parent } : {}}
                onSaved={(saved) => { refresh(); setChosen({ kind: chosen.kind, id: saved.id, parent: null, values: {} }); }}
                onRemove={removable ? async () => { await api.delete(`/${chosen.kind}/${chosen.id}`); refresh(); setChosen(null); } : undefined} />}
              {child && <Button mt="md" variant="light" leftSection={<IconPlus size={16} />} onClick={() => add(child, chosen.id)}>{t(`addKind.${child}`)}</Button>}
            </section>
            {camera && <Alignments key={camera.id} camera={camera} />}
          </>) : nodes.length > 0 && <Text size="sm" c="dimmed" p="md">{t("choose")}</Text>}
        </Grid.Col>
      </Grid>
    </Page>
  );
}
