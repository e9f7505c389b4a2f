import { Collapse, NumberInput, Select, SimpleGrid, Switch, TextInput, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronRight } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Json, ParamSchema } from "../api/types";

type Values = Record<string, Json>;
interface Props {
  schema: { properties?: Record<string, ParamSchema>; $defs?: Record<string, ParamSchema> };
  values: Values;
  onChange: (name: string, value: Json) => void;
  /** Messages by field name. */
  errors?: Record<string, string[]>;
}

/** A property with its reference and its `anyOf … null` resolved. */
export function resolved(schema: ParamSchema, defs: Record<string, ParamSchema> = {}): ParamSchema {
  const by = (ref?: string) => (ref ? (defs[ref.split("/").at(-1) ?? ""] ?? {}) : {});
  const plain = schema.anyOf?.find((each) => each.type !== "null");
  return { ...by(schema.$ref), ...(plain ? { ...by(plain.$ref), ...plain } : {}), ...schema };
}

/** The defaults of a schema. */
export function defaultsOf(schema: Props["schema"]): Values {
  const entries = Object.entries(schema.properties ?? {});
  return Object.fromEntries(entries.filter(([, of]) => of.default !== undefined).map(([name, of]) => [name, of.default as Json]));
}

/** A form drawn from a JSON schema: defaults, ranges, help; the advanced part is folded. */
export function SchemaForm({ schema, values, onChange, errors = {} }: Props) {
  const { t } = useTranslation("training");
  const [open, fold] = useDisclosure(false);
  const all = Object.entries(schema.properties ?? {}).map(([name, of]) => [name, resolved(of, schema.$defs)] as const);
  const field = ([name, of]: readonly [string, ParamSchema]) => (
    <Field key={name} name={name} schema={of} value={values[name] ?? null} error={errors[`params.${name}`]?.join(" ")}
      onChange={(value) => onChange(name, value)} />
  );
  const advanced = all.filter(([, of]) => of.advanced);
  const wrongInside = advanced.some(([name]) => errors[`params.${name}`]);
  return (
    <>
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>{all.filter(([, of]) => !of.advanced).map(field)}</SimpleGrid>
      {advanced.length > 0 && (
        <>
          <UnstyledButton onClick={fold.toggle} mt="md" mb="sm" fz="sm" fw={500} aria-expanded={open}>
            <IconChevronRight size={14} style={{ transform: open ? "rotate(90deg)" : undefined }} /> {t("advanced", { n: advanced.length })}
          </UnstyledButton>
          <Collapse expanded={open || wrongInside}><SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>{advanced.map(field)}</SimpleGrid></Collapse>
        </>
      )}
    </>
  );
}

/** "1 – 2000", "above 0, at most 1": what a number may be, in words. */
export function rangeOf(of: ParamSchema, t: (key: string, values: Record<string, string>) => string): string {
  const low = of.minimum !== undefined ? t("range.from", { n: shown(of.minimum) }) : of.exclusiveMinimum !== undefined ? t("range.above", { n: shown(of.exclusiveMinimum) }) : "";
  const high = of.maximum !== undefined ? t("range.to", { n: shown(of.maximum) }) : of.exclusiveMaximum !== undefined ? t("range.below", { n: shown(of.exclusiveMaximum) }) : "";
  if (of.minimum !== undefined && of.maximum !== undefined) return t("range.both", { from: shown(of.minimum), to: shown(of.maximum) });
  return [low, high].filter(Boolean).join(", ");
}

const shown = (value: number) => (value >= 2 ** 31 - 1 ? "2³¹ − 1" : String(value));

interface FieldProps { name: string; schema: ParamSchema; value: Json; error?: string; onChange: (value: Json) => void }

function Field({ name, schema, value, error, onChange }: FieldProps) {
  const { t } = useTranslation("training");
  const label = `${schema.title ?? name}${schema.unit ? ` (${schema.unit})` : ""}`;
  const range = rangeOf(schema, t);
  const shared = { label, description: [schema.description, range].filter(Boolean).join(" "), error, name };
  const order = { inputWrapperOrder: ["label", "input", "error", "description"] as ("label" | "input" | "error" | "description")[] };
  if (schema.enum) {
    const data = schema.enum.map(String);
    return <Select {...shared} {...order} data={data} value={value === null ? null : String(value)} allowDeselect={false}
      onChange={(chosen) => onChange(schema.enum!.find((each) => String(each) === chosen) ?? null)} searchable={data.length > 10} />;
  }
  if (schema.type === "boolean") return <Switch {...shared} checked={value === true} onChange={(e) => onChange(e.currentTarget.checked)} />;
  if (schema.type === "integer" || schema.type === "number") {
    return <NumberInput {...shared} {...order} value={typeof value === "number" ? value : ""} min={schema.minimum ?? schema.exclusiveMinimum} max={schema.maximum ?? schema.exclusiveMaximum}
      clampBehavior="none" allowDecimal={schema.type === "number"} step={schema.step ?? (schema.type === "integer" ? 1 : 0.001)} onChange={(v) => onChange(v === "" ? null : Number(v))} />;
  }
  return <TextInput {...shared} {...order} value={value === null ? "" : String(value)} onChange={(e) => onChange(e.currentTarget.value)} />;
}
