/** How a job goes, and why it failed. */

import type { Augmentations, Engine, Job, JobEvent, ParamSchema } from "../api/types";
import { exactly, said, word } from "./said";

/** What a job is doing now. */
export function stageWords(stage: string): string {
  return word("stages", stage);
}

/** Why a job or an import failed. */
export function failureWords({ error_code: code, error }: { error_code: string; error: string }): string {
  return said(`failures.${code}`, { words: error }) ?? said(`problems.${code}`, { words: error }) ?? error;
}

/** What to try after a failure. */
export function hintWords({ error_code: code, hint }: Job): string {
  return exactly(`hints.${code}`) ?? hint;
}

/** A line of the log: its level where it is more than news; an error keeps the original below. */
export function logWords(event: JobEvent): string {
  const message = String(event.message);
  const code = String(event.code ?? "");
  const params = (event.params ?? {}) as Record<string, unknown>;
  const words = exactly(`log.${code}`, params) ?? said(`failures.${code}`, { ...params, words: "" });
  const level = event.level === "warning" || event.level === "error" ? `[${word("levels", event.level)}] ` : "";
  return level + (words === null ? message : event.level === "error" ? `${words}\n${message}` : words);
}

/** An engine with its card and the fields of its form in the language of the pages. */
export function engineWords(engine: Engine): Engine {
  const card = (part: "summary" | "when" | "when_not") => exactly(`engines.${engine.name}.${part}`) ?? engine[part];
  const properties = Object.entries(engine.params.properties ?? {});
  return {
    ...engine,
    summary: card("summary"),
    when: card("when"),
    when_not: card("when_not"),
    needs: engine.needs.map((need) => exactly(`needs.${need}`) ?? need),
    params: { ...engine.params, properties: Object.fromEntries(properties.map(([name, of]) => [name, translated(engine.name, name, of)])) },
  };
}

function translated(engine: string, name: string, of: ParamSchema): ParamSchema {
  const part = (which: string) => exactly(`engines.${engine}.${name}.${which}`) ?? exactly(`fields.${name}.${which}`);
  return {
    ...of,
    title: part("title") ?? of.title,
    description: part("help") ?? of.description,
    unit: of.unit && word("units", of.unit),
  };
}

/** The values of an augmentation in the language of the pages. */
export function augmentationWords(told: Augmentations): Augmentations {
  const part = (name: string, which: string) => exactly(`augmentation.${name}.${which}`);
  const entries = Object.entries(told.values.properties);
  const properties = entries.map(([name, of]) => [name, { ...of, step: stepOf(of.maximum ?? 1), title: part(name, "title") ?? of.title, description: part(name, "help") ?? of.description }]);
  return { ...told, values: { properties: Object.fromEntries(properties) } };
}

/** By how much one press changes a value that goes up to `most`. */
const stepOf = (most: number) => (most > 2 ? 1 : most > 0.1 ? 0.05 : 0.005);

/** Why an image cannot be shown. */
export function imageWords(code: string): string {
  return exactly(`problems.${code}`) ?? exactly(`reasons.${code}`) ?? code;
}

/** Presets of augmentation as the options of a choice. */
export function presetOptions(presets: string[]): { value: string; label: string }[] {
  return presets.map((value) => ({ value, label: word("presets", value) }));
}
