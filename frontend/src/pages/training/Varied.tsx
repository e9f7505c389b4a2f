import { useTranslation } from "react-i18next";
import { number } from "../../parts/format";
import { exactly, word } from "../../words/said";

/** As many digits as it was set with, three at most. */
const amount = (value: number) => number(value, Math.min(3, `${value}`.split(".")[1]?.length ?? 0));

/** The preset by name, and the values that training images were varied by; those at 0 did nothing. */
export function Varied({ preset, values = {} }: { preset: string; values?: Record<string, number> }) {
  const { t } = useTranslation("training");
  const did = Object.entries(values).filter(([name, value]) => value !== 0 && (!name.startsWith("spot_") || values.spot) && (name !== "elastic_size" || values.elastic));
  return (
    <>
      {word("presets", preset)}
      {did.length > 0 && <div className="small dim" aria-label={t("augmentation.values")}>{did.map(([name, value]) => `${exactly(`augmentation.${name}.title`) ?? name} ${amount(value)}`).join(" · ")}</div>}
    </>
  );
}
