import { Button, Group, NumberInput, Select, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { Confirm } from "./Confirm";
import { fieldOf, Problem } from "./Problem";

export interface FieldSpec {
  name: string;
  label: string;
  description?: string;
  kind: "text" | "number" | "select" | "colour" | "password";
  options?: { value: string; label: string }[];
  required?: boolean;
  step?: number;
  /** Shown as per cent, kept as a share. */
  percent?: boolean;
}
type Value = string | number | null;

interface Props {
  /** "/sites": a new one is posted, one with an id is patched. */
  path: string;
  fields: FieldSpec[];
  start: Record<string, Value>;
  id?: number | null;
  fixed?: Record<string, unknown>;
  onSaved: (saved: { id: number }) => void;
  onRemove?: () => Promise<unknown>;
}

/** A small form over one resource; what was typed stays after an error. */
export function ResourceForm({ path, fields, start, id, fixed = {}, onSaved, onRemove }: Props) {
  const { t } = useTranslation("frame");
  const [values, setValues] = useState(start);
  const save = useMutation({
    mutationFn: () => id ? api.patch<{ id: number }>(`${path}/${id}`, values) : api.post<{ id: number }>(path, { ...filled(values), ...fixed }),
    onSuccess: onSaved,
  });
  const [removing, setRemoving] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const set = (name: string, value: Value) => setValues((old) => ({ ...old, [name]: value }));
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {fields.map((field) => <One key={field.name} field={field} value={values[field.name] ?? null} error={fieldOf(save.error, field.name)} onChange={(value) => set(field.name, value)} />)}
        <Problem error={save.error} fieldsShown={fields.map((field) => field.name)} />
        <Group justify="space-between">
          <Button type="submit" loading={save.isPending}>{t(id ? "save" : "add")}</Button>
          {onRemove && <Button variant="subtle" color="red" onClick={() => setRemoving(true)}>{t("delete")}</Button>}
        </Group>
      </Stack>
      {onRemove && (
        <Confirm opened={removing} onClose={() => setRemoving(false)} danger title={t("deleteTitle", { name: start.name ?? `#${id}` })} text={t("deleteText")} action={t("delete")} run={onRemove} />
      )}
    </form>
  );
}

function filled(values: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== ""));
}

function One({ field, value, error, onChange }: { field: FieldSpec; value: Value; error?: string; onChange: (value: Value) => void }) {
  const shared = { label: field.label, description: field.description, error, required: field.required, name: field.name };
  if (field.kind === "number") {
    const scale = field.percent ? 100 : 1;
    return <NumberInput {...shared} value={value === null ? "" : Math.round(Number(value) * scale * 1e6) / 1e6} step={field.step ?? 1} clampBehavior="none" suffix={field.percent ? " %" : undefined} onChange={(v) => onChange(v === "" ? null : Number(v) / scale)} />;
  }
  if (field.kind === "select") {
    return <Select {...shared} data={field.options} value={value === null ? null : String(value)} onChange={onChange} searchable={(field.options?.length ?? 0) > 8} allowDeselect={!field.required} />;
  }
  const type = field.kind === "colour" ? "color" : field.kind;
  return <TextInput {...shared} type={type} value={value === null ? "" : String(value)} onChange={(e) => onChange(e.currentTarget.value)} />;
}
