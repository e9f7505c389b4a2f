import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Figure } from "../../parts/Figure";
import { number } from "../../parts/format";
import type { Batch } from "./types";

const FEW = 20; // real examples below which a generator mostly repeats what it saw

/** How like the real images the batch is, and how far one has looked. */
export function Figures({ batch }: { batch: Batch }) {
  const { t } = useTranslation("synthetic");
  const kid = batch.kid === null ? "–" : number(batch.kid * 1000, 1);
  const spread = batch.spread === null ? undefined : `± ${number(batch.spread * 1000, 1)}`;
  return (
    <>
      <div className="figures batch-figures">
        <Figure label={t("kid")} value={kid} below={spread} about={t("kidMore", { features: t(`features.${batch.features}`), n: number(batch.real) })} />
        <Figure label={t("real")} value={number(batch.real)} about={t("realMore", { class: batch.class_name })} />
        <Figure label={t("state.proposed")} value={number(batch.proposed)} />
        <Figure label={t("state.approved")} value={number(batch.approved)} />
        <Figure label={t("state.rejected")} value={number(batch.rejected)} />
      </div>
      {batch.real < FEW && <Text size="sm" mb="md" className="few">{t("few", { n: number(batch.real) })}</Text>}
    </>
  );
}
