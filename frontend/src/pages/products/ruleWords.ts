/** Recipes in words, in the page's language: a rule as a sentence, and what changed from one revision to the next. */

import type { Point, Recipe, Rule } from "../../api/types";
import { number } from "../../parts/format";

type Say = (key: string, values?: Record<string, unknown>) => string;

const percent = (share: number) => number(share * 100, 0);

/** Shoelace: the zone's share of the image. */
export function areaOf(zone: Point[]): number {
  const twice = zone.reduce((total, [x, y], index) => {
    const [nextX, nextY] = zone[(index + 1) % zone.length]!;
    return total + x * nextY - nextX * y;
  }, 0);
  return Math.abs(twice) / 2;
}

/** The sides of a zone that is an upright rectangle: x0, y0, x1, y1. */
export function rectangleOf(zone: Point[]): [number, number, number, number] | null {
  const [xs, ys] = [new Set(zone.map(([x]) => x)), new Set(zone.map(([, y]) => y))];
  const corners = new Set(zone.map(([x, y]) => `${x} ${y}`));
  if (zone.length !== 4 || xs.size !== 2 || ys.size !== 2 || corners.size !== 4) return null;
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

export function zoneWords(zone: Point[], t: Say): string {
  const sides = rectangleOf(zone);
  if (!sides) return t("zoneWords.polygon", { n: zone.length, area: percent(areaOf(zone)) });
  const [x0, y0, x1, y1] = sides.map(percent);
  return t("zoneWords.rectangle", { x0, y0, x1, y1 });
}

/** "2 or more scratch, 0.50 mm or longer, in the zone (x 0–50 %, y 0–100 %) → NG" */
export function ruleWords(rule: Rule, t: Say): string {
  const count = rule.min_count ?? 1;
  const what = rule.class ?? t("words.anyFinding");
  const parts = [
    count > 1 ? t("words.several", { n: count, what }) : t("words.one", { what }),
    rule.severity && t("words.severity", { severity: t(`severities.${rule.severity}`) }),
    rule.min_score != null && t("words.score", { score: number(rule.min_score, 2) }),
    rule.min_size_mm != null && t("words.size", { size: number(rule.min_size_mm, 2) }),
    rule.min_area != null && t("words.area", { area: number(rule.min_area * 100, 2) }),
    rule.zone && t("words.zone", { zone: zoneWords(rule.zone, t) }),
  ].filter(Boolean);
  return `${parts.join(t("words.comma"))} → ${t(`verdict.${rule.action}`, { ns: "frame" })}`;
}

/** What a revision changed against the one before it; the first one is said whole. */
export function changesOf(recipe: Recipe, before: Recipe | undefined, t: Say): string[] {
  if (!before) return recipe.rules.length ? recipe.rules.map((rule) => ruleWords(rule, t)) : [t("byThreshold")];
  const found: string[] = [];
  if (recipe.model !== before.model) found.push(t("changed.model", { from: before.model, to: recipe.model }));
  for (const name of new Set([...Object.keys(before.thresholds), ...Object.keys(recipe.thresholds)])) {
    const [from, to] = [before.thresholds[name], recipe.thresholds[name]];
    const shown = (value: number | undefined) => (value === undefined ? "–" : number(value, 2));
    if (from !== to) found.push(t("changed.threshold", { name: name === "default" ? t("default") : name === "image" ? t("imageScore") : name, from: shown(from), to: shown(to) }));
  }
  const [old, fresh] = [before.rules.map((rule) => ruleWords(rule, t)), recipe.rules.map((rule) => ruleWords(rule, t))];
  for (const words of fresh) if (!old.includes(words)) found.push(t("changed.added", { words }));
  for (const words of old) if (!fresh.includes(words)) found.push(t("changed.removed", { words }));
  return found.length ? found : [t("changed.nothing")];
}
