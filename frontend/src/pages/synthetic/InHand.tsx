import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import { number } from "../../parts/format";
import { relative } from "./looking";
import type { Batch, Drawn } from "./types";

/** The image in hand, whole, and where it comes from; the last annotation is what was drawn, the others were there. */
export function InHand({ drawn, batch }: { drawn: Drawn | undefined; batch: Batch }) {
  const { t } = useTranslation("synthetic");
  if (!drawn) return <aside className="in-hand panel"><Text size="sm" c="dimmed">{t("pick")}</Text></aside>;
  const distance = relative(drawn.distance, batch.far);
  const sample = (id: number, words: string) => <Link className="link" to={`/datasets/${batch.dataset}?sample=${id}`}>{words}</Link>;
  return (
    <aside className="in-hand panel" aria-live="polite">
      <div className="still">
        <div className="still-image" style={{ aspectRatio: `${drawn.width} / ${drawn.height}`, "--shape": drawn.width / drawn.height } as React.CSSProperties}>
          <img src={drawn.url} alt={t("whole", { n: drawn.position + 1 })} />
          {drawn.annotations.map(({ box, class_name }, index) => box && (
            <span key={index} className="still-box" data-there={index < drawn.annotations.length - 1} style={{ left: share(box[0]), top: share(box[1]), width: share(box[2] - box[0]), height: share(box[3] - box[1]), borderColor: "var(--review)" }}>
              {index === drawn.annotations.length - 1 && <span className="still-label" style={{ background: "var(--review)" }}>{class_name}</span>}
            </span>
          ))}
        </div>
      </div>
      <dl className="in-hand-facts">
        <dt>{t("fact.size")}</dt><dd>{drawn.width} × {drawn.height} px</dd>
        <dt>{t("fact.seed")}</dt><dd>{drawn.seed}</dd>
        {drawn.parents.length > 0 && <><dt>{t("fact.parents")}</dt><dd>{drawn.parents.map((id) => <span key={id}>{sample(id, `#${id}`)} </span>)}</dd></>}
        {drawn.neighbour !== null && <><dt>{t("fact.neighbour")}</dt><dd className="ellipsis" title={drawn.neighbour_path ?? ""}>{sample(drawn.neighbour, drawn.neighbour_path ?? `#${drawn.neighbour}`)}</dd></>}
        <dt>{t("fact.distance")}</dt><dd>{distance === null ? "–" : number(distance, 2)}</dd>
        {drawn.decided_by && <><dt>{t("fact.by")}</dt><dd>{drawn.decided_by}</dd></>}
        {drawn.sample !== null && <><dt>{t("fact.sample")}</dt><dd>{sample(drawn.sample, `#${drawn.sample}`)}</dd></>}
      </dl>
      {drawn.doubt && <Text size="sm" c="var(--ng-ink)">{t(`doubtMore.${drawn.doubt}`)}</Text>}
    </aside>
  );
}

const share = (of: number) => `${(of * 100).toFixed(3)}%`;
