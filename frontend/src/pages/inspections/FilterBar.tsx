import { Select, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useDefectClasses, useProducts, useStations } from "../../api/queries";
import { useScope } from "../../state/scope";

interface Props {
  search: URLSearchParams;
  set: (name: string, value: string | null) => void;
}

/** The fields that narrow the list. */
export function FilterBar({ search, set }: Props) {
  const { t } = useTranslation("inspections");
  const { t: word } = useTranslation("frame");
  const scope = useScope();
  const stations = (useStations().data ?? []).filter((each) => scope.line === null || each.line === scope.line);
  const words = (names: string[]) => names.map((name) => ({ value: name, label: word(`verdict.${name}`) }));
  const pick = (name: string, label: string, data: { value: string; label: string }[]) => (
    <Select key={name} placeholder={label} aria-label={label} data={data} value={search.get(name)} onChange={(value) => set(name, value)}
      clearable searchable={data.length > 8} />
  );
  return (
    <div className="filters">
      <Text name="serial" search={search} set={set} />
      <Text name="lot" search={search} set={set} />
      {pick("verdict", t("verdict"), words(["OK", "NG", "REVIEW", "ERROR"]))}
      {pick("class", t("class"), (useDefectClasses().data ?? []).map((each) => ({ value: each.name, label: each.name })))}
      {pick("outcome", t("outcomeFilter"), ["none", "real_defect", "false_call", "cannot_judge"].map((value) => ({ value, label: t(`outcome.${value}`) })))}
      {pick("station", t("station"), stations.map((each) => ({ value: String(each.id), label: each.name })))}
      {pick("product", t("product"), (useProducts().data ?? []).map((each) => ({ value: String(each.id), label: each.code })))}
    </div>
  );
}

/** Taken over on Enter and on leaving. */
function Text({ name, search, set }: Props & { name: string }) {
  const { t } = useTranslation("inspections");
  const now = search.get(name) ?? "";
  const take = (words: string) => words.trim() !== now && set(name, words.trim());
  return (
    <TextInput key={now} placeholder={t(name)} aria-label={t(name)} defaultValue={now}
      onBlur={(e) => take(e.currentTarget.value)} onKeyDown={(e) => e.key === "Enter" && take(e.currentTarget.value)} />
  );
}
