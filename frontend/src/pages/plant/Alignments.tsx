import { Button, Group, Skeleton, Text } from "@mantine/core";
import { IconLayersIntersect2, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, everyPage } from "../../api/client";
import { queryClient } from "../../api/queries";
import type { Alignment, Camera } from "../../api/types";
import { Confirm } from "../../parts/Confirm";
import { Problem } from "../../parts/Problem";
import { Ago } from "../../parts/Time";
import { useCan } from "../../state/can";
import { Residual } from "./Residual";

const AlignDialog = lazy(() => import("./AlignDialog"));

/** How a camera's further pictures (infrared, depth) lie on its colour picture. */
export function Alignments({ camera }: { camera: Camera }) {
  const { t } = useTranslation("plant");
  const may = useCan("configure");
  const list = useQuery({ queryKey: ["alignments", camera.id], queryFn: () => everyPage<Alignment>("/alignments", { camera: camera.id }) });
  const [marking, setMarking] = useState<Alignment | "new" | null>(null);
  const [removing, setRemoving] = useState<Alignment | null>(null);
  const refresh = () => queryClient.invalidateQueries({ queryKey: ["alignments", camera.id] });
  return (
    <section className="panel align-panel">
      <h2 className="align-title">{t("align.title")}</h2>
      <Text size="sm" c="dimmed">{t("align.more")}</Text>
      {list.isPending && <Skeleton height={36} mt="sm" />}
      {list.error && <Problem error={list.error} onRetry={() => void list.refetch()} />}
      {list.data?.map((each) => (
        <div key={each.id} className="align-row">
          <IconLayersIntersect2 size={18} stroke={1.6} />
          <span className="align-name">{each.modality}</span>
          <Residual px={each.residual_px} points={each.points.length} />
          <Text size="xs" c="dimmed" className="nowrap"><Ago at={each.marked_at} /></Text>
          {may && (
            <Group gap={4} wrap="nowrap" ml="auto">
              <Button size="xs" variant="default" onClick={() => setMarking(each)}>{t("align.again")}</Button>
              <Button size="xs" variant="subtle" color="red" onClick={() => setRemoving(each)}>{t("align.remove")}</Button>
            </Group>
          )}
        </div>
      ))}
      {may && <Button mt="md" variant="light" leftSection={<IconPlus size={16} />} onClick={() => setMarking("new")}>{t("align.add")}</Button>}
      {marking && (
        <Suspense>
          <AlignDialog camera={camera} current={marking === "new" ? null : marking} taken={list.data ?? []} onClose={() => setMarking(null)}
            onSaved={() => { setMarking(null); void refresh(); }} />
        </Suspense>
      )}
      {removing && (
        <Confirm opened onClose={() => setRemoving(null)} danger title={t("align.removeTitle", { modality: removing.modality })} text={t("align.removeText")} action={t("align.remove")}
          run={async () => { await api.delete(`/alignments/${removing.id}`); await refresh(); }} />
      )}
    </section>
  );
}
