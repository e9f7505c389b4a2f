import { ActionIcon, Badge, Group, Loader, Modal, SegmentedControl, Text, Tooltip } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { lazy, Suspense, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Sample } from "../../api/types";
import { useNarrow } from "../../parts/narrow";
import { useKeys } from "../../state/keys";
import { Annotations } from "./Annotations";

const ImageView = lazy(() => import("../../parts/ImageView").then((m) => ({ default: m.ImageView })));

interface Props {
  sample: Sample;
  /** Where it is among those that are shown, from 1; null when it was opened by its address. */
  position: string | null;
  onClose: () => void;
  onStep?: (by: number) => void;
}

/** One sample large: its annotations, its modalities. Arrow keys go on. */
export function SampleDialog({ sample, position, onClose, onStep }: Props) {
  const { t } = useTranslation("datasets");
  const narrow = useNarrow();
  const modalities = Object.keys(sample.images);
  const [asked, setShown] = useState("rgb");
  const [hovered, setHovered] = useState<string | null>(null);
  const shown = asked in sample.images ? asked : (modalities[0] ?? "");
  const image = sample.images[shown];
  const inside = useRef<HTMLDivElement>(null);
  const turn = () => setShown(modalities[(modalities.indexOf(shown) + 1) % modalities.length] ?? shown);
  useKeys(t("image"), [
    { key: "ArrowRight", label: t("next"), run: () => onStep?.(1), repeats: true },
    { key: "ArrowLeft", label: t("previous"), run: () => onStep?.(-1), repeats: true },
    { key: "m", label: t("modality"), run: turn },
  ], { within: inside });
  const shapes = sample.annotations.map((each) => ({ key: String(each.id), label: each.class, box: each.box, polygon: each.polygon, colour: each.colour }));
  return (
    <Modal opened onClose={onClose} size="min(1400px, 94vw)" fullScreen={narrow} padding="sm" closeButtonProps={{ "aria-label": t("close") }}
      title={<Text fw={600} className="sample-title">{sample.path}</Text>}>
      <div ref={inside} className="sample">
        <Group gap="sm" className="sample-facts">
          <Step words={t("previous")} onClick={onStep && (() => onStep(-1))}><IconChevronLeft size={18} /></Step>
          {position && <Text size="sm" className="nowrap">{position}</Text>}
          <Step words={t("next")} onClick={onStep && (() => onStep(1))}><IconChevronRight size={18} /></Step>
          <Text size="sm" c="dimmed" className="nowrap">{image && `${image.width} × ${image.height} px · ${t("bits", { n: image.bits })}`}</Text>
          {sample.split && <Badge variant="light">{t(`splits.${sample.split}`)}</Badge>}
          {sample.synthetic && <Badge variant="outline" color="gray">{t("syntheticMark")}</Badge>}
          {modalities.length > 1 && <SegmentedControl size="xs" aria-label={t("modality")} data={modalities} value={shown} onChange={setShown} />}
        </Group>
        <Suspense fallback={<div className="stage sample-view"><Loader className="stage-loader" size="sm" color="gray" /></div>}>
          {image && <div className="sample-view"><ImageView key={sample.id} src={image.url} alt={sample.path} shapes={shapes} highlighted={hovered} onHover={setHovered} height="100%" /></div>}
        </Suspense>
        <Annotations of={sample} highlighted={hovered} onHover={setHovered} />
      </div>
    </Modal>
  );
}

function Step({ words, onClick, children }: { words: string; onClick?: () => void; children: React.ReactNode }) {
  return (
    <Tooltip label={words}>
      <ActionIcon variant="default" aria-label={words} onClick={onClick} disabled={!onClick}>{children}</ActionIcon>
    </Tooltip>
  );
}
