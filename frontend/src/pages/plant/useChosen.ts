import { useSearchParams } from "react-router-dom";
import type { Kind } from "./fields";

export interface Chosen { kind: Kind; id: number | null; parent: number | null; values: Record<string, string | number | null> }
interface Row { kind: Kind; id: number; row: object }

const KINDS: Kind[] = ["sites", "lines", "stations", "cameras"];
const EDITABLE: Record<Kind, string[]> = {
  sites: ["name", "timezone"], lines: ["name", "takt_s", "target_ng_rate", "same_unit_hours", "position"], stations: ["name", "deadline_ms", "position"], cameras: ["name", "mm_per_pixel"],
};

/** What is chosen in the tree lives in the address: ?at=stations.3, or ?new=stations.2 for a new one below line 2. */
export function useChosen(rows: Row[]): [Chosen | null, (next: Chosen | null) => void] {
  const [search, setSearch] = useSearchParams();
  const choose = (next: Chosen | null) =>
    setSearch((old) => {
      const changed = new URLSearchParams(old);
      changed.delete("at");
      changed.delete("new");
      if (next?.id) changed.set("at", `${next.kind}.${next.id}`);
      else if (next) changed.set("new", `${next.kind}.${next.parent ?? ""}`);
      return changed;
    });
  return [chosenOf(search, rows), choose];
}

export function chosenOf(search: URLSearchParams, rows: Row[]): Chosen | null {
  const [kind, number] = (search.get("at") ?? search.get("new") ?? "").split(".") as [Kind, string?];
  if (!KINDS.includes(kind)) return null;
  if (search.has("at")) {
    const row = rows.find((each) => each.kind === kind && each.id === Number(number));
    return row ? { kind, id: row.id, parent: null, values: editable(row) } : null;
  }
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return { kind, id: null, parent: Number(number) || null, values: kind === "sites" ? { timezone: zone } : {} };
}

export function editable({ kind, row }: { kind: Kind; row: object }): Chosen["values"] {
  return Object.fromEntries(Object.entries(row).filter(([name]) => EDITABLE[kind].includes(name)));
}
