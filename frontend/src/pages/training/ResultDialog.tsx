import { ActionIcon, Group, Modal, Table, Text } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { lazy, Suspense, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Box, Point } from "../../api/types";
import { number } from "../../parts/format";
import { useNarrow } from "../../parts/narrow";
import { useKeys } from "../../state/keys";

const ImageView = lazy(() => import("../../parts/ImageView").then((m) => ({ default: m.ImageView })));

export interface Result {
  ref: string;
  path: string;
  url: string;
  image_score: number | null;
  findings: { class: string; score: number; box: Box | null; polygon?: Point[] | null }[];
  error: string | null;
}

interface Props { result: Result; colour: (name: string) => string; onStep: (by: number) => void; onClose: () => void }

/** One image of a batch large, with its findings beside it. */
export function ResultDialog({ result, colour, onStep, onClose }: Props) {
  const { t } = useTranslation("training");
  const narrow = useNarrow();
  const [hovered, setHovered] = useState<string | null>(null);
  const inside = useRef<HTMLDivElement>(null);
  useKeys(t("result"), [
    { key: "ArrowRight", label: t("nextResult"), run: () => onStep(1), repeats: true },
    { key: "ArrowLeft", label: t("previousResult"), run: () => onStep(-1), repeats: true },
  ], { within: inside });
  const shapes = result.findings.map((each, index) => ({ key: String(index), label: `${each.class} ${each.score.toFixed(2)}`, box: each.box, polygon: each.polygon, colour: colour(each.class) }));
  return (
    <Modal opened onClose={onClose} size="min(1400px, 94vw)" fullScreen={narrow} padding="sm" title={<Text fw={600}>{result.path}</Text>} closeButtonProps={{ "aria-label": t("closeResult") }}>
      <div ref={inside} className="result-large">
        <Group gap="sm">
          <ActionIcon variant="default" aria-label={t("previousResult")} onClick={() => onStep(-1)}><IconChevronLeft size={18} /></ActionIcon>
          <ActionIcon variant="default" aria-label={t("nextResult")} onClick={() => onStep(1)}><IconChevronRight size={18} /></ActionIcon>
          <Text size="sm" c="dimmed">{result.error ?? t("found", { n: number(result.findings.length) })}</Text>
          {result.image_score !== null && <Text size="sm" c="dimmed">{t("imageScore", { score: number(result.image_score, 2) })}</Text>}
        </Group>
        <Suspense fallback={<div className="stage" />}>
          <div className="result-view"><ImageView key={result.ref} src={result.url} alt={result.path} shapes={shapes} highlighted={hovered} onHover={setHovered} height="100%" /></div>
        </Suspense>
        <div className="result-list">
          <Table>
            <Table.Tbody>
              {shapes.map((shape, index) => (
                <Table.Tr key={shape.key} bg={hovered === shape.key ? "var(--accent-ground)" : undefined} onMouseEnter={() => setHovered(shape.key)} onMouseLeave={() => setHovered(null)}>
                  <Table.Td><span className="result-swatch" style={{ background: shape.colour }} />{result.findings[index]!.class}</Table.Td>
                  <Table.Td ta="right">{number(result.findings[index]!.score, 2)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      </div>
    </Modal>
  );
}
