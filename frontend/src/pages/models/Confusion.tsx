import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { percent } from "../../parts/format";

const MORE: Record<string, string> = { classify: "told", anomaly: "image" };

/** Rows are the truth, columns what was found; a cell says how many and its share of the row. */
export function Confusion({ kind, classes, matrix: whole }: { kind: string; classes: string[]; matrix: number[][] }) {
  const { t } = useTranslation("models");
  const missing = whole.length - 1; // the row and column of nothing: where whole images are told there is none
  const plain = kind === "classify" && whole.every((row, at) => at === missing ? row.every((n) => n === 0) : row[missing] === 0);
  const matrix = plain ? whole.slice(0, -1).map((row) => row.slice(0, -1)) : whole;
  const last = missing;
  const images = kind === "anomaly"; // good images are counted too; of places without anything there is no number
  const name = (index: number, of: "missed" | "invented") => (index === last ? t(images ? "goodImage" : of) : (classes[index] ?? ""));
  return (
    <section className="panel" style={{ padding: 16 }}>
      <h2 className="panel-title">{t("confusion")}</h2>
      <Text size="xs" c="dimmed" mb="sm">{t(`confusionMore.${MORE[kind] ?? "found"}`)}</Text>
      <div className="table-scroll">
        <table className="matrix">
          <thead>
            <tr><th /><th colSpan={matrix.length} className="dim">{t("foundAs")}</th></tr>
            <tr><th className="dim">{t("truly")}</th>{matrix.map((_, index) => <th key={index} scope="col">{name(index, "missed")}</th>)}</tr>
          </thead>
          <tbody>
            {matrix.map((row, at) => {
              const total = row.reduce((a, b) => a + b, 0);
              return (
                <tr key={at}>
                  <th scope="row">{name(at, "invented")}</th>
                  {row.map((count, to) => at === last && to === last && !images ? <td key={to} className="corner" /> : (
                    <td key={to} style={count ? { background: shade(at === to, count / total) } : undefined}>
                      {count ? <><b>{count}</b>{(at !== last || images) && <span>{percent(count / total, 0)}</span>}</> : <span className="dim">·</span>}
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** Right is blue, wrong is vermillion, stronger with its share of the row. */
function shade(right: boolean, share: number): string {
  return `color-mix(in srgb, var(--${right ? "act" : "ng"}) ${Math.round(8 + share * 42)}%, var(--surface))`;
}
