import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router-dom";
import { queryClient } from "../../api/queries";
import type { Dataset } from "../../api/types";
import { number } from "../../parts/format";
import { Time } from "../../parts/Time";
import { changedBy } from "../../state/search";
import type { Target } from "../../upload/deliver";
import { Drop } from "../../upload/Drop";
import type { Kept } from "../../upload/kept";
import { uploads, useInterrupted, useUploads } from "../../upload/store";
import { UploadPanel } from "../../upload/UploadPanel";
import { ImportList } from "./ImportList";
import { ImportRun } from "./ImportRun";

/** Upload a folder or a zip, look at what it is, then take it in. */
export function Imports({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation("datasets");
  const target: Target = { kind: "import", dataset: dataset.id };
  const here = useUploads(target);
  const broken = useInterrupted(target);
  const [search, setSearch] = useSearchParams();
  const open = Number(search.get("import")) || null;
  const show = (id: number | null) => setSearch((old) => changedBy(old, "import", id === null ? null : String(id)));
  const ready = here.find(({ result }) => result !== null);
  useEffect(() => {
    if (!ready) return;
    show(ready.result);
    uploads.discard(ready.id);
  }, [ready?.id]);
  return (
    <Stack gap="md">
      {here.filter(({ result }) => result === null).map((each) => <UploadPanel key={each.id} upload={each} />)}
      {broken.map((each) => <Interrupted key={each.id} kept={each} />)}
      {open !== null && <ImportRun key="run" dataset={dataset} id={open} onNext={show} onClose={() => show(null)} />}
      <Drop title={t(here.length ? "dropNext" : "drop")} more={here.length || open !== null ? null : t("dropMore")} compact={here.length > 0 || open !== null} onFiles={(files) => uploads.add(target, files)} />
      <ImportList dataset={dataset} open={open} onOpen={show} />
    </Stack>
  );
}

/** What a reload broke off: the browser may not open the folder again by itself. */
function Interrupted({ kept }: { kept: Kept }) {
  const { t } = useTranslation("upload");
  return (
    <Alert color="indigo" variant="light" title={t("interrupted.title", { name: kept.name })}>
      <Group justify="space-between" gap="sm">
        <Text size="sm">{t("interrupted.text", { n: number(kept.files.length) })} <Time at={new Date(kept.at).toISOString()} /></Text>
        <Button size="xs" variant="default" onClick={() => uploads.discard(kept.id)}>{t("discard")}</Button>
      </Group>
    </Alert>
  );
}

/** An import has changed the dataset: whatever shows it asks again. */
export function datasetChanged(dataset: number): void {
  queryClient.removeQueries({ queryKey: ["samples", dataset], type: "inactive" });
  for (const key of ["imports", "dataset", "versions"]) void queryClient.invalidateQueries({ queryKey: [key, dataset] });
  for (const key of ["datasets", "defect-classes"]) void queryClient.invalidateQueries({ queryKey: [key] });
}
