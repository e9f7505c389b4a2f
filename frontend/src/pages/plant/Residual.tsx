import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { number } from "../../parts/format";

const FAR = 2; // px from which what lies on each other is not to be trusted; training warns from here too
const FIT_ALWAYS = 4; // points

/** What an alignment leaves over, in words and colour. */
export function Residual({ px, points }: { px: number; points: number }) {
  const { t } = useTranslation("plant");
  if (points <= FIT_ALWAYS) return <Badge variant="light" color="gray" tt="none">{t("align.untold", { count: points })}</Badge>;
  const colour = px > FAR ? "orange" : "teal";
  return <Badge variant="light" color={colour} tt="none">{t(px > FAR ? "align.far" : "align.near", { px: number(px, 1), count: points })}</Badge>;
}
