import { Grid, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router-dom";
import { api } from "../../api/client";
import type { Inspection } from "../../api/types";
import { Dispose, REASONS } from "../../parts/Dispose";
import { InspectionTable } from "../../parts/InspectionTable";
import { Page } from "../../parts/Page";
import { QueryState } from "../../parts/QueryState";
import { Time } from "../../parts/Time";
import { UnitImages } from "../../parts/UnitImages";
import { Verdict } from "../../parts/Verdict";
import { Can } from "../../state/can";
import { reasonWords } from "../../words/verdicts";
import { Facts } from "./Facts";
import { FindingList } from "./FindingList";

/** Why was this NG? */
export default function InspectionPage() {
  const { t } = useTranslation("inspections");
  const id = useParams().id ?? "";
  const query = useQuery({ queryKey: ["inspection", id], queryFn: () => api.get<Inspection>(`/inspections/${id}`) });
  const title = query.data?.serial || t("one", { id: id.slice(-8) });
  return (
    <Page title={title} beside={query.data && <Verdict verdict={query.data.verdict} large />}>
      <QueryState query={query}>{(inspection) => <Whole inspection={inspection} />}</QueryState>
    </Page>
  );
}

function Whole({ inspection }: { inspection: Inspection }) {
  const { t } = useTranslation("inspections");
  const [hovered, setHovered] = useState<string | null>(null);
  return (
    <Grid gap="md">
      <Grid.Col span={{ base: 12, md: 8 }}>
        <UnitImages inspection={inspection} height="min(62vh, 110vw)" highlighted={hovered} onHover={setHovered} />
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 4 }}>
        <Stack gap="md">
          <section className="panel" style={{ padding: 16 }}>
            <h2 style={{ margin: "0 0 8px", fontSize: 16 }}>{t("why")}</h2>
            {inspection.reasons.length === 0 && <Text size="sm" c="dimmed">{t("noReason")}</Text>}
            {inspection.reasons.map((reason, index) => <Text key={index} size="sm">{reasonWords(reason)}</Text>)}
            <FindingList inspection={inspection} highlighted={hovered} onHover={setHovered} />
          </section>
          <Can do="dispose">
            <section className="panel" style={{ padding: 16 }}>
              <h2 style={{ margin: "0 0 8px", fontSize: 16 }}>{t("dispose")}</h2>
              <Dispose inspection={inspection} />
            </section>
          </Can>
          <Said inspection={inspection} />
          <Facts inspection={inspection} />
        </Stack>
      </Grid.Col>
      {inspection.history.length > 1 && (
        <Grid.Col span={12}>
          <h2 style={{ fontSize: 16 }}>{t("history")}</h2>
          <InspectionTable rows={inspection.history} />
        </Grid.Col>
      )}
    </Grid>
  );
}

function Said({ inspection }: { inspection: Inspection }) {
  const { t } = useTranslation("inspections");
  if (!inspection.dispositions.length) return null;
  return (
    <section className="panel" style={{ padding: 16 }}>
      <h2 style={{ margin: "0 0 8px", fontSize: 16 }}>{t("said")}</h2>
      {inspection.dispositions.map((each) => (
        <Text key={each.id} size="sm" td={each.undone_at ? "line-through" : undefined}>
          {[
            t(`outcome.${each.outcome}`) + (each.class ? ` (${each.class})` : ""),
            REASONS.includes(each.reason) ? t(`reasonOf.${each.reason}`) : each.reason,
            each.note,
            each.by,
          ].filter(Boolean).join(" · ")} · <Time at={each.at} line={inspection.line} />
        </Text>
      ))}
    </section>
  );
}
