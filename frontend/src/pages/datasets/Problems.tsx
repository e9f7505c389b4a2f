import { Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import type { Dataset } from "../../api/types";
import { number } from "../../parts/format";
import { QueryState } from "../../parts/QueryState";
import { Time } from "../../parts/Time";
import { Shape } from "../../parts/Verdict";
import { useImports } from "./ImportList";
import { ProblemList } from "./ProblemList";

export const FEW = 20; // annotations of a class, below which nothing can be said of its recall

interface Trouble { key: string; words: string; to: string }

/** What stands between this dataset and a training that can be trusted. */
export function troubles(dataset: Dataset, t: (key: string, values?: Record<string, unknown>) => string): Trouble[] {
  const { samples, annotated, classes, versions } = dataset.summary;
  const found: Trouble[] = [];
  if (!samples) return [{ key: "empty", words: t("trouble.empty"), to: "?tab=imports" }];
  if (annotated < samples) found.push({ key: "bare", words: t("trouble.bare", { n: number(samples - annotated) }), to: "?annotated=false" });
  for (const each of classes.filter(({ findings, severity }) => findings < FEW && severity !== "good")) {
    found.push({ key: each.name, words: t("trouble.few", { name: each.name, n: number(each.findings), few: FEW }), to: `?class=${encodeURIComponent(each.name)}` });
  }
  if (annotated && !versions) found.push({ key: "version", words: t("trouble.version"), to: "?tab=versions" });
  return found;
}

/** What is amiss with the data: what it lacks for training, and what the last import left out. */
export function Problems({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation("datasets");
  const list = useImports(dataset.id);
  const found = troubles(dataset, t);
  return (
    <Stack gap="lg">
      <section className="panel" style={{ padding: 16 }}>
        <h2 className="panel-title">{t("trouble.title")}</h2>
        {!found.length && <Text size="sm" c="dimmed">{t("trouble.none")}</Text>}
        {found.map((each) => (
          <div key={each.key} className="trouble">
            <Shape sign="review" size={12} />
            <span>{each.words}</span>
            <Link className="link nowrap" to={each.to}>{t("look")}</Link>
          </div>
        ))}
      </section>
      <QueryState query={list}>
        {(imports) => {
          const last = imports.find((each) => !each.dry_run && each.state === "succeeded");
          return (
            <section className="panel" style={{ padding: 16 }}>
              <h2 className="panel-title">{t("lastImport")} {last && <span className="dim small"><Time at={last.created_at} /> · {last.created_by}</span>}</h2>
              {last ? <ProblemList problems={last.problems} /> : <Text size="sm" c="dimmed">{t("noImports")}</Text>}
            </section>
          );
        }}
      </QueryState>
    </Stack>
  );
}
