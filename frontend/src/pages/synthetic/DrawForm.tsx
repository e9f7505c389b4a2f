import { Button, Group, NumberInput, Select, Switch, Text } from "@mantine/core";
import { IconSparkles } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router-dom";
import { api } from "../../api/client";
import type { Job, Model } from "../../api/types";
import { number } from "../../parts/format";
import { fieldOf, Problem } from "../../parts/Problem";

const MOST = 2000; // images of a batch

/** How many of which class, by which generator. */
export function DrawForm({ generators }: { generators: Model[] }) {
  const { t } = useTranslation("synthetic");
  const go = useNavigate();
  const [asked, ask] = useState({ model: String(generators[0]!.id), class: null as string | null, n: 100, seed: 0, paste: true });
  const model = generators.find((each) => String(each.id) === asked.model) ?? generators[0]!;
  const name = asked.class !== null && model.classes.includes(asked.class) ? asked.class : (model.classes[0] ?? null);
  const draw = useMutation({
    mutationFn: () => api.post<Job>("/jobs", { kind: "generate", model: model.id, class_name: name, n: asked.n, seed: asked.seed, paste: asked.paste }),
    onSuccess: (job) => go(`/jobs/${job.id}`),
  });
  const kid = model.metrics.kid;
  return (
    <section className="panel draw-form">
      <h2>{t("draw")}</h2>
      <div className="draw-fields">
        <Select label={t("generator")} value={String(model.id)} allowDeselect={false} onChange={(value) => value && ask({ ...asked, model: value })} error={fieldOf(draw.error, "model")}
          data={generators.map((each) => ({ value: String(each.id), label: `#${each.id} ${each.name}` }))} />
        <Select label={t("class")} value={name} allowDeselect={false} data={model.classes} onChange={(value) => ask({ ...asked, class: value })} error={fieldOf(draw.error, "class_name")} />
        <NumberInput label={t("number")} min={1} max={MOST} value={asked.n} onChange={(value) => ask({ ...asked, n: Number(value) || 1 })} error={fieldOf(draw.error, "n")} />
        <NumberInput label={t("fact.seed")} min={0} value={asked.seed} onChange={(value) => ask({ ...asked, seed: Number(value) || 0 })} error={fieldOf(draw.error, "seed")} />
      </div>
      <Switch mt="md" label={t("paste")} description={t("pasteMore")} checked={asked.paste} onChange={(e) => ask({ ...asked, paste: e.currentTarget.checked })} />
      <Problem error={draw.error} fieldsShown={["model", "class_name", "n", "seed"]} />
      <Group mt="md" gap="md">
        <Button leftSection={<IconSparkles size={16} />} loading={draw.isPending} onClick={() => draw.mutate()}>{t("drawThem", { n: number(asked.n) })}</Button>
        {kid !== undefined && <Text size="sm" c="dimmed">{t("itsKid", { kid: number(kid * 1000, 1) })}</Text>}
      </Group>
    </section>
  );
}
