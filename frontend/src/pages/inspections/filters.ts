/** The filters of the list, as the address has them. */

import { useTranslation } from "react-i18next";
import { useProducts, useStations } from "../../api/queries";
import { dateTime } from "../../parts/format";
import { useZone } from "../../state/scope";
import { word } from "../../words/said";

export const FILTERS = ["verdict", "class", "outcome", "serial", "lot", "mode", "from", "to", "site", "line", "station", "product", "model"];
const SCOPE = ["site", "line"];

export interface Chip {
  name: string;
  label: string;
  value: string;
}

/** What narrows the list beside the scope, in words: names for ids, the plant's time for moments. */
export function useChips(search: URLSearchParams): Chip[] {
  const { t } = useTranslation("inspections");
  const { t: frame } = useTranslation("frame");
  const stations = useStations().data ?? [];
  const products = useProducts().data ?? [];
  const zone = useZone();
  const words: Record<string, (value: string) => string | undefined> = {
    verdict: (value) => frame(`verdict.${value}`),
    outcome: (value) => t(`outcome.${value}`),
    mode: (value) => word("modes", value),
    from: (value) => dateTime(value, zone, false),
    to: (value) => dateTime(value, zone, false),
    station: (value) => stations.find((each) => String(each.id) === value)?.name,
    product: (value) => products.find((each) => String(each.id) === value)?.code,
    model: (value) => `#${value}`,
  };
  return FILTERS.filter((name) => search.get(name) && !SCOPE.includes(name)).map((name) => {
    const value = search.get(name)!;
    return { name, label: t(name === "outcome" ? "outcomeFilter" : name), value: words[name]?.(value) ?? value };
  });
}
