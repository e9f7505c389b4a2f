import { Badge, Group, Modal, SegmentedControl, Slider, Stack, Text } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Sample } from "../../api/types";
import { useKeys } from "../../state/keys";

const ImageView = lazy(() => import("../../parts/ImageView").then((m) => ({ default: m.ImageView })));

interface Props { sample: Sample; onClose: () => void; onStep: (by: number) => void }

/** One sample large: boxes, modalities, window and level for 16 bits. Arrow keys go on. */
export function SampleDialog({ sample, onClose, onStep }: Props) {
  const { t } = useTranslation("datasets");
  const modalities = Object.keys(sample.images);
  const [shown, setShown] = useState("rgb");
  const [brightness, setBrightness] = useState(1);
  const [contrast, setContrast] = useState(1);
  const image = sample.images[shown] ?? sample.images[modalities[0] ?? ""];
  useKeys(t("image"), [
    { key: "ArrowRight", label: t("next"), run: () => onStep(1) },
    { key: "ArrowLeft", label: t("previous"), run: () => onStep(-1) },
  ]);
  const shapes = sample.annotations.map((each) => ({ key: String(each.id), label: each.class, box: each.box, polygon: each.polygon, colour: each.colour }));
  return (
    <Modal opened onClose={onClose} size="90%" title={<Text fw={600} className="ellipsis">{sample.path}</Text>}>
      <Stack gap="sm">
        <Group gap="sm">
          {sample.split && <Badge variant="light">{t(`splits.${sample.split}`)}</Badge>}
          <Text size="sm" c="dimmed">{sample.width} × {sample.height} px · {sample.bits} bit</Text>
          {modalities.length > 1 && <SegmentedControl size="xs" data={modalities} value={shown} onChange={setShown} />}
          {sample.bits > 8 && (
            <Group gap="xs" w={320} grow>
              <Slider label={t("levelSlider")} min={0.2} max={5} step={0.05} value={brightness} onChange={setBrightness} />
              <Slider label={t("window")} min={0.2} max={5} step={0.05} value={contrast} onChange={setContrast} />
            </Group>
          )}
        </Group>
        <Suspense fallback={<div className="stage" style={{ height: "68vh" }} />}>
          {image && <ImageView src={image.url} alt={sample.path} shapes={shapes} filter={sample.bits > 8 ? { brightness, contrast } : undefined} height="68vh" />}
        </Suspense>
      </Stack>
    </Modal>
  );
}
