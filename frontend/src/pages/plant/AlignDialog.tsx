import { ActionIcon, Button, Group, Loader, Modal, Select, Text, Tooltip } from "@mantine/core";
import { IconArrowBackUp, IconCamera, IconTrash } from "@tabler/icons-react";
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { Alignment, AlignmentPair, Camera, Registration } from "../../api/types";
import { Empty } from "../../parts/Empty";
import { dateTime, number } from "../../parts/format";
import { ImageView } from "../../parts/ImageView";
import type { Mark } from "../../parts/Marks";
import { Problem } from "../../parts/Problem";
import type { Size } from "../../parts/view";
import { useKeys } from "../../state/keys";
import { Residual } from "./Residual";
import { type Points, type Side, usePoints, whole } from "./usePoints";

const FEWEST = 4;
const WHOLE = "#56b4e9";
const HALF = "#e69f00"; // waits for its other half
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] } as const;

interface Props {
  camera: Camera;
  /** What is marked again; null for a modality that has no alignment yet. */
  current: Alignment | null;
  taken: Alignment[];
  onClose: () => void;
  onSaved: () => void;
}

/** Two pictures of one unit side by side: the same spot is marked in both, four times or more. */
export default function AlignDialog({ camera, current, taken, onClose, onSaved }: Props) {
  const { t } = useTranslation("plant");
  const found = useQuery({ queryKey: ["alignment-pairs", camera.id], queryFn: () => api.get<AlignmentPair[]>("/alignments/pairs", { camera: camera.id }), staleTime: 0 });
  const done = taken.map((each) => each.modality);
  const pairs = (found.data ?? []).filter(({ modality }) => (current ? modality === current.modality : !done.includes(modality)));
  return (
    <Modal opened onClose={onClose} fullScreen padding="sm" title={<Text fw={600}>{t("align.of", { camera: camera.name })}</Text>} closeButtonProps={{ "aria-label": t("align.cancel") }}>
      {found.isPending && <Loader size="sm" />}
      {found.error && <Problem error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && !pairs.length && <Empty icon={IconCamera} title={t("align.none")} text={t(done.length && !current ? "align.noOther" : "align.how", { camera: camera.name })} />}
      {pairs.length > 0 && <Marking camera={camera} current={current} pairs={pairs} onSaved={onSaved} />}
    </Modal>
  );
}

function Marking({ camera, current, pairs, onSaved }: Pick<Props, "camera" | "current" | "onSaved"> & { pairs: AlignmentPair[] }) {
  const { t } = useTranslation("plant");
  const [chosen, setChosen] = useState(0);
  const { points, mark, remove, undo, nudge } = usePoints(current?.points);
  const [sizes, setSizes] = useState<Partial<Record<Side, Size>>>({});
  const inside = useRef<HTMLDivElement>(null);
  const pair = pairs[chosen] ?? pairs[0]!;
  const told = whole(points);
  const body = { points: told.map((each) => each.quad), width: sizes.other?.width, height: sizes.other?.height };
  const fit = useQuery({
    queryKey: ["alignment-fit", body],
    queryFn: () => api.post<Registration>("/alignments/fit", body),
    enabled: told.length >= FEWEST && Boolean(sizes.other),
    placeholderData: keepPreviousData,
    retry: false,
  });
  const save = useMutation({
    mutationFn: () => current ? api.patch(`/alignments/${current.id}`, body) : api.post("/alignments", { ...body, camera: camera.id, modality: pair.modality }),
    onSuccess: onSaved,
  });
  const step = (side: Side, [x, y]: readonly [number, number]) => ({ x: x / (sizes[side]?.width ?? Infinity), y: y / (sizes[side]?.height ?? Infinity) });
  useKeys(t("align.title"), [
    { key: "Backspace", label: t("align.undo"), run: undo },
    ...Object.entries(ARROWS).map(([key, by]) => ({ key, label: t("align.nudge"), run: () => nudge({ colour: step("colour", by), other: step("other", by) }), repeats: true })),
  ], { within: inside });
  const view = (side: Side, src: string, label: string) => (
    <figure className="align-side">
      <figcaption>{label}</figcaption>
      <ImageView src={src} alt={label} height="100%" marks={marksOf(points, side)} onPick={(spot) => mark(side, spot)} onSize={(size) => setSizes((old) => ({ ...old, [side]: size }))} />
    </figure>
  );
  const enough = told.length >= FEWEST && fit.data && !fit.error;
  return (
    <div ref={inside} className="align">
      <Group gap="sm" justify="space-between">
        <Text size="sm" c="dimmed" maw={640}>{t("align.mark")}</Text>
        <Select size="xs" aria-label={t("align.unit")} value={String(chosen)} onChange={(value) => setChosen(Number(value ?? 0))} allowDeselect={false}
          data={pairs.map((each, at) => ({ value: String(at), label: `${each.modality} · ${each.serial || dateTime(each.captured_at)}` }))} />
      </Group>
      <div className="align-pair">
        {view("colour", pair.colour_url, t("align.colour"))}
        {view("other", pair.other_url, pair.modality)}
      </div>
      <Found points={points} fit={fit.error ? undefined : fit.data} onRemove={remove} />
      <Problem error={save.error ?? (told.length >= FEWEST ? fit.error : null)} />
      <Group justify="space-between">
        <Button variant="default" leftSection={<IconArrowBackUp size={16} />} disabled={!points.pairs.length} onClick={undo}>{t("align.undo")}</Button>
        <Group gap="sm">
          {enough && <Residual px={fit.data.residual_px} points={told.length} />}
          <Button disabled={!enough} loading={save.isPending} onClick={() => save.mutate()}>{t("align.save")}</Button>
        </Group>
      </Group>
    </div>
  );
}

/** The points in order, with what each is off. */
function Found({ points, fit, onRemove }: { points: Points; fit?: Registration; onRemove: (at: number) => void }) {
  const { t } = useTranslation("plant");
  const told = whole(points);
  const fits = fit?.residuals_px.length === told.length && told.length > FEWEST;
  const off = new Map(told.map(({ at }, place) => [at, fit?.residuals_px[place]]));
  const worst = Math.max(...(fit?.residuals_px ?? [0]));
  const missing = FEWEST - told.length;
  return (
    <ul className="align-points">
      {missing > 0 && <Text component="li" size="sm" c="dimmed" className="align-missing">{t("align.missing", { count: missing })}</Text>}
      {points.pairs.map((pair, at) => (
        <li key={at} className="align-point" data-worst={fits && off.get(at) === worst}>
          <b>{at + 1}</b>
          <span>{pair.colour && pair.other ? (fits ? `${number(off.get(at), 1)} px` : "") : t(pair.colour ? "align.wantsOther" : "align.wantsColour")}</span>
          <Tooltip label={t("align.drop", { n: at + 1 })}>
            <ActionIcon size="sm" variant="subtle" color="gray" aria-label={t("align.drop", { n: at + 1 })} onClick={() => onRemove(at)}><IconTrash size={14} /></ActionIcon>
          </Tooltip>
        </li>
      ))}
    </ul>
  );
}

function marksOf({ pairs }: Points, side: Side): Mark[] {
  return pairs.flatMap((pair, at) => {
    const spot = pair[side];
    return spot ? [{ key: String(at), label: String(at + 1), ...spot, colour: pair.colour && pair.other ? WHOLE : HALF }] : [];
  });
}
