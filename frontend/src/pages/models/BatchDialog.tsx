import { Button, Modal, Select, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router-dom";
import { api, everyPage } from "../../api/client";
import type { Dataset, Job, Model } from "../../api/types";
import { number } from "../../parts/format";
import { Problem } from "../../parts/Problem";
import { chosen } from "../../upload/files";
import { type Progress, Uploader } from "../../upload/uploader";

/** Run the model over a dataset, or over a folder uploaded for it. */
export function BatchDialog({ model, opened, onClose }: { model: Model; opened: boolean; onClose: () => void }) {
  const { t } = useTranslation("models");
  const go = useNavigate();
  const [dataset, setDataset] = useState<string | null>(null);
  const [sent, setSent] = useState<Progress | null>(null);
  const folder = useRef<HTMLInputElement>(null);
  const datasets = useQuery({ queryKey: ["datasets"], queryFn: () => everyPage<Dataset>("/datasets"), enabled: opened }).data ?? [];
  const start = useMutation({
    mutationFn: (source: object) => api.post<Job>("/jobs", { kind: "batch", model: model.id, ...source }),
    onSuccess: (job) => go(`/jobs/${job.id}`),
  });
  const upload = async (files: FileList) => {
    const images = chosen(files).filter(({ path }) => /\.(jpe?g|png|bmp|tiff?|webp)$/i.test(path));
    const uploader = new Uploader(images, setSent);
    if (await uploader.run()) start.mutate({ files: uploader.entries });
  };
  return (
    <Modal opened={opened} onClose={onClose} title={t("batchTitle", { id: model.id })}>
      <Stack gap="md">
        <Select label={t("dataset")} value={dataset} onChange={setDataset} searchable data={datasets.map((each) => ({ value: String(each.id), label: `${each.name} (${number(each.summary.samples)})` }))} />
        <Button disabled={!dataset} loading={start.isPending} onClick={() => start.mutate({ dataset: Number(dataset) })}>{t("runDataset")}</Button>
        <Text size="sm" c="dimmed" ta="center">{t("or")}</Text>
        <Button variant="default" onClick={() => folder.current?.click()}>{t("runFolder")}</Button>
        {sent && <Text size="sm" role="status">{t("sent", { sent: number(sent.sent), total: number(sent.total) })}</Text>}
        <input ref={folder} type="file" hidden {...{ webkitdirectory: "" }} onChange={(e) => void upload(e.currentTarget.files!)} />
        <Problem error={start.error} />
      </Stack>
    </Modal>
  );
}
