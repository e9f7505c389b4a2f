/** Errors of the API, of an import, and of a check before a training. */

import type { ApiProblem } from "../api/client";
import { exactly, type Params, said, word } from "./said";

interface Told { code: string; message: string; params?: Params }

/** The values with their own words translated. */
function worded({ split, task, tasks, ...params }: Params): Params {
  return {
    ...params,
    ...(split ? { split: word("splits", String(split)) } : {}),
    ...(task ? { task: word("tasks", String(task)) } : {}),
    ...(Array.isArray(tasks) ? { tasks: tasks.map((each) => word("tasks", String(each))).join("、") } : {}),
  };
}

/** What is wrong with a file, or speaks against a training. */
export function toldWords({ code, message, params = {} }: Told): string {
  return said(`problems.${code}`, worded({ words: message, ...params })) ?? message;
}

/** Why a request was refused. */
export function problemWords(problem: ApiProblem): string {
  const [field] = Object.keys(problem.fields);
  const words = said(`problems.${problem.code}`, worded({ words: problem.detail, ...problem.params }));
  if (words === null) return problem.detail;
  return field && byField(problem) ? `${fieldName(field)}：${fieldWords(problem, field)}` : words;
}

/** The messages of one form field; undefined when it has none. */
export function fieldWords(problem: ApiProblem, field: string): string | undefined {
  const messages = problem.fields[field];
  if (!messages) return undefined;
  const params = worded(problem.fieldParams[field] ?? problem.params);
  const path = `problems.${problem.code}`;
  const words = byField(problem) ? exactly(`${path}_${String(params.case)}`, params) : said(path, params);
  return words ?? messages.join(" ");
}

/** Whether the code tells nothing but that a field is wrong. */
function byField({ code }: ApiProblem): boolean {
  return code === "invalid" || code === "invalid_params";
}

/** Where a problem is: a file's path as it is, a field or a part of the dataset by its name. */
export function placeWords(path: string): string {
  const [kind, name] = path.split(".", 2);
  if (kind === "splits" && name) return exactly("places.split", { split: word("splits", name) }) ?? path;
  return kind === "params" || !path.includes(".") ? fieldName(path) : path;
}

/** How a form field is called. */
export function fieldName(field: string): string {
  const name = field.replace(/^params\./, "");
  return exactly(`fields.${name}.title`) ?? exactly(`names.${name}`) ?? name;
}
