import { SegmentedControl } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Inspection, InspectionImage } from "../api/types";
import { findingShapes } from "./Drawn";
import { Empty } from "./Empty";

const ImageView = lazy(() => import("./ImageView").then((m) => ({ default: m.ImageView })));

interface Props {
  inspection: Inspection;
  height: string;
  highlighted?: string | null;
  onHover?: (key: string | null) => void;
}

/** The images of a unit, one large, with what was found on it. The first with a deciding finding leads. */
export function UnitImages({ inspection, height, highlighted, onHover }: Props) {
  const { t } = useTranslation("inspections");
  const { images } = inspection;
  const [picked, setPicked] = useState<number | null>(null);
  const decisive = inspection.findings.find((finding) => finding.decisive)?.image;
  const image = images.find((each) => each.position === (picked ?? decisive)) ?? images[0];
  if (!image) return <Empty title={t("noImage")} />;
  return (
    <>
      {images.length > 1 && (
        <SegmentedControl mb="sm" value={String(image.position)} onChange={(value) => setPicked(Number(value))} aria-label={t("image")}
          data={images.map((each) => ({ value: String(each.position), label: nameOf(each, inspection, t("nth", { n: each.position + 1 })) }))} />
      )}
      <Suspense fallback={<div className="stage" style={{ height }} />}>
        <ImageView src={image.url} alt={t("imageOf", { serial: inspection.serial })} shapes={findingShapes(inspection, image.position)}
          highlighted={highlighted} onHover={onHover} height={height} />
      </Suspense>
    </>
  );
}

/** "Image 2 (1)": with its number of deciding findings. */
function nameOf(image: InspectionImage, { findings }: Inspection, nth: string): string {
  const found = findings.filter((finding) => finding.image === image.position && finding.decisive).length;
  const name = image.modality === "rgb" || !image.modality ? nth : `${nth} ${image.modality}`;
  return found ? `${name} (${found})` : name;
}
