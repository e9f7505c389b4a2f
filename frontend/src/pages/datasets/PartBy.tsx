import { Group, Select, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Import } from "../../api/types";

const WAYS = ["format", "none", "folder", "prefix", "stem", "pattern"] as const;

/** Which images show the same part; null: as the import has it. */
export type Parts = Pick<Import, "part_by" | "part_pattern"> | null;

interface Props { of: Import; parts: Parts; onParts: (parts: Parts) => void }

/** Images of one part stay in one split: how they are told by their paths. */
export function PartBy({ of, parts, onParts }: Props) {
  const { t } = useTranslation("datasets");
  const now = parts ?? { part_by: of.part_by, part_pattern: of.part_pattern };
  return (
    <Group align="start" maw={720} grow>
      <Select label={t("partBy")} description={t(`partMore.${now.part_by}`)} allowDeselect={false} value={now.part_by}
        data={WAYS.map((way) => ({ value: way, label: t(`partWay.${way}`) }))} onChange={(way) => way && onParts({ ...now, part_by: way as Import["part_by"] })} />
      {now.part_by === "pattern" && (
        <TextInput label={t("partPattern")} description={t("partPatternMore")} placeholder="SN{part}_*" value={now.part_pattern} maxLength={200}
          onChange={(e) => onParts({ ...now, part_pattern: e.currentTarget.value })} />
      )}
    </Group>
  );
}
