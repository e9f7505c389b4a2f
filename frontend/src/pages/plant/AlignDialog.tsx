import { Button, Group, Loader, Modal, SegmentedControl, Select, Text } from "@mantine/core";
import { IconArrowBackUp, IconCamera } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { Alignment, AlignmentPair, Camera } from "../../api/types";
import { Empty } from "../../parts/Empty";
import { dateTime } from "../../parts/format";
import { ImageView } from "../../parts/ImageView";
import type { Mark } from "../../parts/Marks";
import { Problem } from "../../parts/Problem";
import type { Size } from "../../parts/view";
import { useKeys } from "../../state/keys";
import { useFit } from "./fit";
import { Marked } from "./Marked";
import { Residual } from "./Residual";
import { type Points, type Side, usePoints, whole } from "./usePoints";

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
  const found = useQuery({ queryKey: ["alignment-pairs", camera.id], queryFn: () => api.get<AlignmentPair[]>(`/cameras/${camera.id}/pairs`), staleTime: Infinity, gcTime: 0 });
  const [list, setList] = useState<AlignmentPair[] | null>(null); // as it was found first: units go on coming
  if (!list && found.data) setList(found.data);
  const done = taken.map((each) => each.modality);
  const pairs = (list ?? []).filter(({ modality }) => (current ? modality === current.modality : !done.includes(modality)));
  const names = [...new Set(pairs.map((each) => each.modality))];
  const [asked, setAsked] = useState<string | null>(null);
  const modality = asked ?? names[0];
  return (
    <Modal opened onClose={onClose} fullScreen padding="sm" title={<Text fw={600}>{t("align.of", { camera: camera.name })}</Text>} closeButtonProps={{ "aria-label": t("align.cancel") }}>
      {!list && found.isPending && <Loader size="sm" />}
      {!list && found.error && <Problem error={found.error} onRetry={() => void found.refetch()} />}
      {list && !pairs.length && <Empty icon={IconCamera} title={t("align.none")} text={t(done.length && !current ? "align.noOther" : "align.how", { camera: camera.name })} />}
      {names.length > 1 && <SegmentedControl size="xs" mb="xs" data={names} value={modality} onChange={setAsked} aria-label={t("align.modality")} />}
      {modality && <Marking key={modality} camera={camera} current={current} pairs={pairs.filter((each) => each.modality === modality)} onSaved={onSaved} />}
    </Modal>
  );
}

function Marking({ camera, current, pairs, onSaved }: Pick<Props, "camera" | "current" | "onSaved"> & { pairs: AlignmentPair[] }) {
  const { t } = useTranslation("plant");
  const [chosen, setChosen] = useState(0);
  const { points, mark, remove, undo, nudge, settle } = usePoints(current?.points);
  const [sizes, setSizes] = useState<Partial<Record<Side, Size>>>({});
  const inside = useRef<HTMLDivElement>(null);
  const pair = pairs[chosen]!;
  const { body, fit, error } = useFit(points, sizes.other);
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
  return (
    <div ref={inside} className="align">
      <Group gap="sm" justify="space-between">
        <Text size="sm" c="dimmed" maw={640}>{t("align.mark")}</Text>
        <Select size="xs" w={280} aria-label={t("align.unit")} value={String(chosen)} onChange={(value) => { setChosen(Number(value ?? 0)); settle(); }} allowDeselect={false}
          data={pairs.map((each, at) => ({ value: String(at), label: [each.serial, dateTime(each.captured_at)].filter(Boolean).join(" · ") }))} />
      </Group>
      <div className="align-pair">
        {view("colour", pair.colour_url, t("align.colour"))}
        {view("other", pair.other_url, pair.modality)}
      </div>
      <Marked points={points} fit={fit} onRemove={remove} />
      <Problem error={save.error ?? error} />
      <Group justify="space-between">
        <Button variant="default" leftSection={<IconArrowBackUp size={16} />} disabled={!points.pairs.length} onClick={undo}>{t("align.undo")}</Button>
        <Group gap="sm">
          {fit && <Residual px={fit.residual_px} points={whole(points).length} />}
          <Button disabled={!fit} loading={save.isPending} onClick={() => save.mutate()}>{t("align.save")}</Button>
        </Group>
      </Group>
    </div>
  );
}

function marksOf({ pairs }: Points, side: Side): Mark[] {
  return pairs.flatMap((pair, at) => {
    const spot = pair[side];
    return spot ? [{ key: String(at), label: String(at + 1), ...spot, colour: pair.colour && pair.other ? WHOLE : HALF }] : [];
  });
}
