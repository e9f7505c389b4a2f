import type { FieldSpec } from "../../parts/ResourceForm";

export type Kind = "sites" | "lines" | "stations" | "cameras";

/** The form of each kind of thing in the plant. */
export function fieldsOf(kind: Kind, t: (key: string) => string): FieldSpec[] {
  const field = (name: string, of: Omit<FieldSpec, "name" | "label">): FieldSpec => ({ name, label: t(name), ...of });
  const name = field("name", { kind: "text", required: true });
  const position = field("position", { kind: "number", description: t("positionMore") });
  if (kind === "sites") {
    const zones = Intl.supportedValuesOf("timeZone").concat("UTC").map((zone) => ({ value: zone, label: zone }));
    return [name, field("timezone", { kind: "select", options: zones, required: true, description: t("timezoneMore") })];
  }
  if (kind === "lines") {
    return [
      name,
      field("takt_s", { kind: "number", step: 0.5, description: t("taktMore") }),
      field("target_ng_rate", { kind: "number", step: 0.1, percent: true, description: t("targetMore") }),
      field("same_unit_hours", { kind: "number", step: 1, description: t("sameUnitMore") }),
      position,
    ];
  }
  if (kind === "stations") return [name, field("deadline_ms", { kind: "number", step: 100, description: t("deadlineMore") }), position];
  return [name, field("mm_per_pixel", { kind: "number", step: 0.001, description: t("scaleMore") })];
}
