import { Group, Select } from "@mantine/core";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Model } from "../../api/types";
import { Chart, type Palette } from "../../parts/Chart";
import { precisionRecall } from "./Evidence";

/** Precision over recall of both, a class at a time: A solid, B dashed. */
export function ComparedCurves({ pair }: { pair: [Model, Model] }) {
  const { t } = useTranslation("models");
  const curves = pair.map((model) => (model.evaluations?.find((each) => each.split === "test") ?? model.evaluations?.[0])?.curves ?? {});
  const classes = [...new Set(curves.flatMap((each) => Object.keys(each)))];
  const [asked, setAsked] = useState<string | null>(null);
  const name = asked && classes.includes(asked) ? asked : (classes[0] ?? null);
  const option = useCallback((colours: Palette) => ({
    ...precisionRecall(colours, t),
    series: pair.map((model, index) => ({
      type: "line", name: `${"AB"[index]} #${model.id}`, symbol: "none", color: index ? colours.ng : colours.act,
      data: (curves[index]?.[name ?? ""] ?? []).map(([recall, precision]) => [recall, precision]),
      lineStyle: { width: 2, type: index ? "dashed" : "solid" },
      endLabel: { show: true, formatter: "{a}", color: "inherit", fontSize: 12 }, labelLayout: { moveOverlap: "shiftY" },
    })),
  }), [name, pair[0].id, pair[1].id, t]);
  if (!name) return null;
  return (
    <section className="panel" style={{ padding: 16 }}>
      <Group justify="space-between" mb="sm">
        <h2 className="panel-title" style={{ margin: 0 }}>{t("pr")}</h2>
        <Select aria-label={t("class")} data={classes} value={name} onChange={setAsked} allowDeselect={false} w={200} />
      </Group>
      <Chart option={option} height={320} label={t("prOf", { name })} />
    </section>
  );
}
