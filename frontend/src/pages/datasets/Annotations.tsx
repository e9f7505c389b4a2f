import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Sample } from "../../api/types";

interface Props { of: Sample; highlighted: string | null; onHover: (key: string | null) => void }

/** What is annotated on a sample; pointing at one lights it up in the image, and the other way round. */
export function Annotations({ of, highlighted, onHover }: Props) {
  const { t } = useTranslation("datasets");
  return (
    <aside className="sample-list" aria-label={t("findings")}>
      <Text size="sm" fw={600} mb="xs">{t("findings")} ({of.annotations.length})</Text>
      {!of.annotations.length && <Text size="sm" c="dimmed">{t(of.annotated ? "nothingOnIt" : "annotatedIs.false")}</Text>}
      {of.annotations.map((each) => (
        <div key={each.id} className="sample-annotation" data-on={highlighted === String(each.id)} tabIndex={0}
          onMouseEnter={() => onHover(String(each.id))} onMouseLeave={() => onHover(null)} onFocus={() => onHover(String(each.id))} onBlur={() => onHover(null)}>
          <span className="swatch" style={{ background: each.colour }} />
          <span className="ellipsis">{each.class}</span>
          <span className="dim small nowrap">{size(of, each.box)}</span>
        </div>
      ))}
    </aside>
  );
}

function size(of: Sample, box: [number, number, number, number] | null): string {
  return box ? `${Math.round((box[2] - box[0]) * of.width)} × ${Math.round((box[3] - box[1]) * of.height)} px` : "";
}
