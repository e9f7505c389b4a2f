import { Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import type { Point, RecipePreview } from "../../api/types";
import { ImageView, type Shape as Drawn } from "../../parts/ImageView";
import { Time } from "../../parts/Time";
import { Verdict } from "../../parts/Verdict";
import { reasonWords } from "../../words/verdicts";

type Unit = RecipePreview["units"][number];

/** A unit of the past under the draft: its image with what would decide, what was said and what would be. */
export function JudgedUnit({ unit, zones }: { unit: Unit; zones: Point[][] }) {
  const { t } = useTranslation("products");
  const [opened, dialog] = useDisclosure(false);
  const place = unit.findings.find((each) => each.decisive)?.image ?? 0;
  const image = unit.images.find((each) => each.position === place) ?? unit.images[0];
  const own = unit.findings.filter((each) => each.image === image?.position);
  const zoned: Drawn[] = zones.map((polygon, index) => ({ key: `zone${index}`, label: "", box: null, polygon, colour: "#56B4E9" }));
  const found: Drawn[] = own.map((each, index) => ({ key: String(index), label: `${each.class} ${each.score.toFixed(2)}`, box: each.box, polygon: each.polygon, colour: each.colour ?? "#D55E00", dim: !each.decisive }));
  const changed = unit.before !== unit.after;
  return (
    <>
      <button type="button" className="judged-unit" onClick={dialog.open}>
        <span className="judged-picture">
          {image && (
            <span className="judged-frame">
              <img src={image.thumbnail_url} alt="" loading="lazy" />
              <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden>
                {zones.map((zone, index) => <polygon key={`z${index}`} points={zone.map((each) => each.join(",")).join(" ")} fill="none" stroke="#56B4E9" strokeWidth="1.5" strokeDasharray="4 3" vectorEffect="non-scaling-stroke" />)}
                {own.map((each, index) => each.box && <rect key={index} x={each.box[0]} y={each.box[1]} width={each.box[2] - each.box[0]} height={each.box[3] - each.box[1]} fill="none" stroke={each.colour ?? "#D55E00"} strokeWidth={each.decisive ? 2 : 1} opacity={each.decisive ? 1 : 0.5} vectorEffect="non-scaling-stroke" />)}
              </svg>
            </span>
          )}
        </span>
        <span className="judged-words">
          {changed && <><Verdict verdict={unit.before} /> →</>}
          <Verdict verdict={unit.after} />
          {unit.outcome && <span className="dim">{t(`outcome.${unit.outcome}`, { ns: "inspections" })}</span>}
        </span>
      </button>
      <Modal opened={opened} onClose={dialog.close} size="xl" title={unit.serial || unit.id.slice(0, 8)}>
        <Stack gap="sm">
          <Group gap="xs">{changed && <><Verdict verdict={unit.before} /> →</>}<Verdict verdict={unit.after} /><Text size="sm" c="dimmed"><Time at={unit.captured_at} /></Text></Group>
          {image && <ImageView src={image.url} alt={unit.serial} shapes={[...zoned, ...found]} height="min(56vh, 480px)" />}
          {unit.reasons.map((reason, index) => <Text key={index} size="sm">{reasonWords(reason)}</Text>)}
          <Link className="link" to={`/inspections/${unit.id}`}>{t("openUnit")}</Link>
        </Stack>
      </Modal>
    </>
  );
}
