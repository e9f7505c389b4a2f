import { Button } from "@mantine/core";
import { IconArrowBackUp } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { Recipe, Release } from "../../api/types";
import { Confirm } from "../../parts/Confirm";
import { Can } from "../../state/can";
import { refreshReleases } from "./useReleases";

/** Back to what judged there before: one click, one confirmation that names it, a reason filled in. */
export function Rollback({ standing }: { standing: Release }) {
  const { t } = useTranslation("models");
  const [asked, ask] = useState(false);
  if (standing.replaced === null) return null;
  const words = { model: standing.replaced_model, revision: standing.replaced_revision, now: standing.model, station: standing.station_name, product: standing.product_code };
  return (
    <Can do="release">
      <Button size="xs" variant="default" leftSection={<IconArrowBackUp size={14} />} onClick={() => ask(true)}>{t("rollback", words)}</Button>
      <Confirm opened={asked} onClose={() => ask(false)} reason={t("rollbackWhy", words)} title={t("rollbackTitle", words)} text={t("rollbackText", words)} action={t("rollback", words)} waiting={t("waitWarm")}
        run={async (reason) => { await api.post<Recipe>(`/recipes/${standing.replaced}/release`, { reason }); refreshReleases(); }} />
    </Can>
  );
}
