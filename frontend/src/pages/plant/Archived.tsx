import { Button, Group, Switch, Text } from "@mantine/core";
import { useMutation, useQueries } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, everyPage } from "../../api/client";
import { useLines } from "../../api/queries";
import type { Line, Station } from "../../api/types";
import { Problem } from "../../parts/Problem";

const KINDS = ["lines", "stations"] as const;
type Kind = (typeof KINDS)[number];
interface Props { restorable: (kind: Kind) => boolean; onRestored: () => void }

/** What was archived because records refer to it, and the way back. */
export function Archived({ restorable, onRestored }: Props) {
  const { t } = useTranslation("plant");
  const [open, setOpen] = useState(false);
  return (
    <>
      <Switch mt="md" label={t("showArchived")} checked={open} onChange={(event) => setOpen(event.currentTarget.checked)} />
      {open && <List restorable={restorable} onRestored={onRestored} />}
    </>
  );
}

function List({ restorable, onRestored }: Props) {
  const { t } = useTranslation("plant");
  const lines = useLines().data ?? [];
  const lists = useQueries({
    queries: KINDS.map((kind) => ({ queryKey: [kind, "archived"], queryFn: () => everyPage<Line | Station>(`/${kind}?archived=1`) })),
  });
  const restore = useMutation({
    mutationFn: ({ kind, id }: { kind: Kind; id: number }) => api.post(`/${kind}/${id}/restore`),
    onSuccess: onRestored,
  });
  const rows = KINDS.flatMap((kind, at) => (lists[at]?.data ?? []).map((row) => ({ kind, row })));
  const line = (row: Line | Station) => "line" in row && lines.find((each) => each.id === row.line)?.name;
  if (lists.some((list) => list.isPending)) return null;
  return (
    <>
      <Problem error={restore.error ?? lists.find((list) => list.error)?.error ?? null} />
      {rows.length === 0 && <Text size="sm" c="dimmed" mt="xs">{t("noArchived")}</Text>}
      {rows.map(({ kind, row }) => (
        <Group key={`${kind}${row.id}`} justify="space-between" mt="xs" wrap="nowrap">
          <Text size="sm" className="ellipsis">{t(`kind.${kind}`)}: {row.name} {line(row) && <Text span c="dimmed">({line(row)})</Text>}</Text>
          {restorable(kind) && <Button size="xs" variant="default" loading={restore.isPending} onClick={() => restore.mutate({ kind, id: row.id })}>{t("restore")}</Button>}
        </Group>
      ))}
    </>
  );
}
