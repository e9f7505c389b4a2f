import { NumberInput, Slider, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

const STANDARD = 0.25; // what the judge takes where a recipe names no default

interface Props { values: Record<string, number>; classes: string[]; image: boolean; onChange: (values: Record<string, number>) => void }

/** From which score a finding counts: one for all, and a class's own where it has one. */
export function Thresholds({ values, classes, image, onChange }: Props) {
  const { t } = useTranslation("products");
  const general = values.default ?? STANDARD;
  const set = (name: string, value: number | null) => {
    const { [name]: _, ...rest } = values;
    onChange(value === null ? rest : { ...rest, [name]: value });
  };
  const names = ["default", ...classes, ...(image ? ["image"] : [])];
  const label = (name: string) => (name === "default" ? t("default") : name === "image" ? t("imageScore") : name);
  return (
    <div>
      <Text size="sm" fw={500}>{t("thresholds")}</Text>
      <Text size="xs" c="dimmed" mb="xs">{t("thresholdsMore")}</Text>
      {names.map((name) => (
        <div key={name} className="threshold">
          <Text size="sm" className="ellipsis" title={label(name)}>{label(name)}</Text>
          <Slider min={0} max={1} step={0.01} label={null} thumbLabel={label(name)} color={values[name] === undefined ? "gray.5" : undefined} value={values[name] ?? general} onChange={(value) => set(name, value)} />
          <NumberInput min={0} max={1} step={0.05} decimalScale={3} aria-label={label(name)} placeholder={name === "image" ? "–" : String(name === "default" ? STANDARD : general)} value={values[name] ?? ""} onChange={(v) => set(name, v === "" ? null : Number(v))} />
        </div>
      ))}
    </div>
  );
}
