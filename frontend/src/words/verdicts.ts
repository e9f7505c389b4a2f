/** Why a unit is what it is, and the rules by which it was judged. */

import i18next from "i18next";
import type { Reason, Rule, Verdict } from "../api/types";
import { exactly, said, word } from "./said";

const two = (value: number | null | undefined) => (value === null || value === undefined ? null : value.toFixed(2));

/** OK, NG, REVIEW or ERROR as the pages write it. */
export function verdictWords(verdict: Verdict): string {
  return i18next.t(`frame:verdict.${verdict}`);
}

/** Verdicts as the options of a choice. */
export function verdictOptions(...verdicts: Verdict[]): { value: Verdict; label: string }[] {
  return verdicts.map((value) => ({ value, label: verdictWords(value) }));
}

/** The value of a filter as the pages write it. */
export function filterWords(name: string, value: string): string {
  if (name === "verdict") return verdictWords(value as Verdict);
  if (name === "mode") return word("modes", value);
  return name === "outcome" ? i18next.t(`inspections:outcome.${value}`) : value;
}

/** One reason of a verdict. */
export function reasonWords(reason: Reason): string {
  const values = {
    class: reason.class ?? exactly("reasons.any"), count: reason.count ?? 1,
    value: two(reason.value), limit: two(reason.limit), image: (reason.image ?? 0) + 1,
  };
  const words = said(`reasons.${reason.code}`, values);
  if (words === null) return reason.image === undefined ? reason.words : (exactly("reasons.image", values) ?? reason.words);
  if (reason.code !== "rule") return words;
  const measured = reason.unit === "mm" ? "mm" : "score";
  return [
    words,
    values.value && exactly(`reasons.rule_${measured}${values.limit ? "" : "_only"}`, values),
    (reason.min_count ?? 1) > 1 && exactly("reasons.rule_count", { n: reason.min_count }),
    reason.zone && exactly("reasons.rule_zone"),
  ].filter(Boolean).join("");
}

/** All reasons of a verdict in one line. */
export function reasonsWords(reasons: Reason[]): string {
  return reasons.map(reasonWords).join(i18next.t("words:between"));
}

/** One acceptance rule; `words` is how the server says it. */
export function ruleWords(rule: Rule, words: string): string {
  const what = rule.class ?? exactly("rules.any");
  const begun = exactly("rules.finding", { class: what, n: rule.min_count ?? 1 });
  if (begun === null) return words;
  return [
    begun,
    rule.severity && exactly("rules.severity", { severity: i18next.t(`products:severities.${rule.severity}`) }),
    rule.min_score && exactly("rules.score", { value: two(rule.min_score) }),
    rule.min_size_mm && exactly("rules.size", { value: two(rule.min_size_mm) }),
    rule.min_area && exactly("rules.area", { value: two(rule.min_area * 100) }),
    rule.zone && exactly("rules.zone"),
    ` → ${verdictWords(rule.action)}`,
  ].filter(Boolean).join("");
}

/** All rules of a recipe in one line. */
export function rulesWords({ rules, words }: { rules: Rule[]; words: string[] }): string {
  return rules.map((rule, index) => ruleWords(rule, words[index] ?? "")).join(i18next.t("words:between"));
}
