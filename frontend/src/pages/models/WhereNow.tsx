import { Group, Loader, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Model } from "../../api/types";
import { Ago, Time } from "../../parts/Time";
import { Shape } from "../../parts/Verdict";
import { Rollback } from "./Rollback";
import { useInForce } from "./useReleases";

/** Where this model judges now, with the way back; where it is warming up. */
export function WhereNow({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  const releases = useInForce({ model: model.id }).data ?? [];
  if (!releases.length) return <Text size="sm" c="dimmed" mb="md">{t("judgesNowhere")}</Text>;
  return (
    <div className="panel" style={{ padding: "4px 16px", marginBottom: 16 }}>
      {releases.map((each) => (
        <div key={each.id} className="history-row">
          {each.at ? <Shape sign="ok" size={12} /> : <Loader size={12} />}
          <span><b>{each.product_code}</b> · {each.line_name} / {each.station_name}</span>
          <span className="dim small">{each.at ? <>{t("sinceBy", { by: each.by })} <Time at={each.at} /></> : <>{t("warming")} <Ago at={each.asked_at} /></>} · {each.reason}</span>
          <Group ml="auto">{each.at && <Rollback standing={each} />}</Group>
        </div>
      ))}
    </div>
  );
}
