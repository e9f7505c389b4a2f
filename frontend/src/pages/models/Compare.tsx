import { Alert, Button, Grid, Group, Select, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconArrowsExchange } from "@tabler/icons-react";
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router-dom";
import { api, everyPage } from "../../api/client";
import type { Model } from "../../api/types";
import { Page } from "../../parts/Page";
import { QueryState } from "../../parts/QueryState";
import { Can } from "../../state/can";
import { ComparedClasses, ComparedFigures } from "./ComparedFigures";
import { ComparedCurves } from "./ComparedCurves";
import { ComparedOrigins } from "./ComparedOrigins";
import { ReleaseDialog } from "./ReleaseDialog";
import { useInForce } from "./useReleases";

/** Two models side by side: ?compare=12,9, by default the newest candidate and what is in force. */
export function Compare() {
  const { t } = useTranslation("models");
  const [search, setSearch] = useSearchParams();
  const models = useQuery({ queryKey: ["models"], queryFn: () => everyPage<Model>("/models") });
  const now = useInForce({});
  const asked = (search.get("compare") ?? "").split(",").map(Number).filter((id) => id > 0);
  const used = now.data?.find((each) => each.at)?.model;
  const first = asked[0] ?? models.data?.find((each) => each.id !== used && !each.in_use.length)?.id ?? null;
  const second = asked[1] ?? (used === first ? undefined : used) ?? models.data?.find((each) => each.id !== first)?.id ?? null;
  const choose = (a: number | null, b: number | null) => setSearch((old) => { const next = new URLSearchParams(old); next.set("compare", `${a ?? ""},${b ?? ""}`); return next; });
  const one = useModel(first);
  const other = useModel(second);
  const [releasing, release] = useDisclosure(false);
  const [station, product] = (search.get("at") ?? "").split(".").map(Number);
  const pick = (value: number | null, onChange: (id: number) => void, label: string) => (
    <Select label={label} value={value === null ? null : String(value)} searchable allowDeselect={false} style={{ flex: "1 1 260px" }} onChange={(id) => id && onChange(Number(id))}
      data={(models.data ?? []).map((each) => ({ value: String(each.id), label: `#${each.id} ${each.name}${each.in_use.length ? ` · ${t("now")}` : ""}` }))} />
  );
  return (
    <Page title={t("compareTitle")} actions={<><Button variant="default" component={Link} to="/models">{t("backToAll")}</Button>{first && <Can do="release"><Button onClick={release.open} disabled={!one.data}>{t("releaseOne", { id: first })}</Button></Can>}</>}>
      <Group mb="md" align="end" maw={900}>
        {pick(first, (id) => choose(id, second), "A")}
        <Button variant="subtle" px="xs" aria-label={t("swap")} onClick={() => choose(second, first)}><IconArrowsExchange size={18} /></Button>
        {pick(second, (id) => choose(first, id), "B")}
      </Group>
      {first === null || second === null ? <Text size="sm" c="dimmed">{t("twoNeeded")}</Text> : <Both one={one} other={other} />}
      {one.data && <ReleaseDialog model={one.data} opened={releasing} onClose={release.close} place={station && product ? { station, product } : undefined} />}
    </Page>
  );
}

const useModel = (id: number | null) => useQuery({ queryKey: ["model", id], queryFn: () => api.get<Model>(`/models/${id}`), enabled: id !== null });

function Both({ one, other }: { one: UseQueryResult<Model>; other: UseQueryResult<Model> }) {
  const { t } = useTranslation("models");
  return (
    <QueryState query={one}>
      {(a) => (
        <QueryState query={other}>
          {(b) => {
            const pair: [Model, Model] = [a, b];
            return (
              <>
                {a.dataset_version !== b.dataset_version && <Alert color="orange" variant="light" mb="md">{t("otherData")}</Alert>}
                <Grid>
                  <Grid.Col span={{ base: 12, lg: 7 }}><ComparedFigures pair={pair} /></Grid.Col>
                  <Grid.Col span={{ base: 12, lg: 5 }}><ComparedOrigins pair={pair} /></Grid.Col>
                  <Grid.Col span={12}><ComparedClasses pair={pair} /></Grid.Col>
                  <Grid.Col span={12}><ComparedCurves pair={pair} /></Grid.Col>
                </Grid>
              </>
            );
          }}
        </QueryState>
      )}
    </QueryState>
  );
}
