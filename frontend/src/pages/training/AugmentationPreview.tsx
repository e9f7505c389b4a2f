import { Button, Group, Loader, Skeleton, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconRefresh } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { useDefectClasses } from "../../api/queries";
import type { Engine, Json, Preview, PreviewImage } from "../../api/types";
import { Problem } from "../../parts/Problem";
import { imageWords } from "../../words/jobs";

const TYPING = 300; // ms without a change before it is drawn anew
const MOST = 2 ** 31 - 1;

interface Props { version: string; card: Engine; preset: string; edited: Record<string, Json> }

/** Six of the version's own training images, varied by these values; never in the way of the form. */
export function AugmentationPreview({ version, card, preset, edited }: Props) {
  const { t } = useTranslation("training");
  const [seed, setSeed] = useState(0);
  const [settled] = useDebouncedValue(JSON.stringify({ dataset_version: Number(version), engine: card.name, preset, augmentation: edited, seed }), TYPING);
  const shown = useQuery({
    queryKey: ["preview", settled], queryFn: ({ signal }) => api.post<Preview>("/augmentation/preview", JSON.parse(settled), signal),
    retry: false, staleTime: Infinity, gcTime: 60_000, placeholderData: keepPreviousData,
  });
  const images = shown.data?.images ?? [];
  const classes = useDefectClasses().data ?? [];
  const colour = (name: string) => classes.find((each) => each.name === name)?.colour ?? "#D55E00";
  return (
    <div className="augmented">
      <Group justify="space-between" mb="xs" gap="xs">
        <Group gap="xs">
          <Text size="sm" fw={500}>{t("augmentation.preview")}</Text>
          {shown.isFetching && <Loader size={14} role="status" aria-label={t("augmentation.drawing")} />}
        </Group>
        <Button size="compact-sm" variant="default" leftSection={<IconRefresh size={14} aria-hidden />} onClick={() => setSeed(Math.floor(Math.random() * MOST))}>{t("augmentation.again")}</Button>
      </Group>
      {shown.error && <Problem error={shown.error} fieldsShown={[]} />}
      <div className="augmented-grid" data-stale={shown.isPlaceholderData || shown.isError || undefined}>
        {images.map((image) => <Varied key={image.sample} image={image} colour={colour} />)}
        {shown.isPending && Array.from({ length: 6 }, (_, index) => <Skeleton key={index} className="augmented-image" height="auto" />)}
      </div>
      <Text size="xs" c="dimmed" mt={6}>{t(card.kind === "detect" ? "augmentation.sameBoxes" : "augmentation.sameMasks")}</Text>
    </div>
  );
}

function Varied({ image, colour }: { image: PreviewImage; colour: (name: string) => string }) {
  if (image.error) return <div className="augmented-image augmented-broken"><Text size="xs">{image.path}</Text><Text size="xs">{imageWords(image.error)}</Text></div>;
  return (
    <figure className="augmented-image">
      <svg viewBox={`0 0 ${image.width} ${image.height}`} role="img" aria-label={image.path}>
        <title>{image.path}</title>
        <image href={`data:image/jpeg;base64,${image.picture}`} width={image.width} height={image.height} />
        {image.annotations.map(({ class_name: name, box, polygon }, index) => {
          const line = { fill: "none", stroke: colour(name), strokeWidth: 2, vectorEffect: "non-scaling-stroke" as const };
          if (polygon) return <polygon key={index} points={polygon.map(([x, y]) => `${x * image.width},${y * image.height}`).join(" ")} {...line}><title>{name}</title></polygon>;
          return box && <rect key={index} x={box[0] * image.width} y={box[1] * image.height} width={(box[2] - box[0]) * image.width} height={(box[3] - box[1]) * image.height} {...line}><title>{name}</title></rect>;
        })}
      </svg>
    </figure>
  );
}
