import { Button, Group, Text } from "@mantine/core";
import { IconFolderUp } from "@tabler/icons-react";
import { type DragEvent, type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { chosen, dropped, type Named } from "./files";
import "./upload.css";

/** What takes files that are dropped on it: the handlers, and whether something hovers over it. */
export function useDrop(onFiles: (files: Named[]) => void) {
  const [over, setOver] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  const take = async (items: DataTransferItemList) => {
    try {
      setTrouble(null);
      onFiles(await dropped(items));
    } catch (error) {
      setTrouble(error instanceof Error ? error.message : String(error));
    }
  };
  const at = {
    onDragOver: (event: DragEvent) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      event.stopPropagation();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      event.stopPropagation();
      setOver(false);
      void take(event.dataTransfer.items);
    },
  };
  return { over, trouble, at };
}

interface Props { title: string; more?: ReactNode; compact?: boolean; onFiles: (files: Named[]) => void }

/** Drop a folder or files here, or choose them. */
export function Drop({ title, more, compact, onFiles }: Props) {
  const { t } = useTranslation("upload");
  const folder = useRef<HTMLInputElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const { over, trouble, at } = useDrop(onFiles);
  const pick = (input: HTMLInputElement) => {
    onFiles(chosen(input.files!));
    input.value = ""; // the same folder may be chosen again
  };
  return (
    <div className="drop" data-over={over} data-compact={compact} {...at}>
      <IconFolderUp size={compact ? 24 : 32} stroke={1.4} />
      <Text fw={600}>{title}</Text>
      {more && <Text size="sm" c="dimmed" maw={560}>{more}</Text>}
      <Group justify="center">
        <Button size={compact ? "xs" : "sm"} onClick={() => folder.current?.click()}>{t("chooseFolder")}</Button>
        <Button size={compact ? "xs" : "sm"} variant="default" onClick={() => files.current?.click()}>{t("chooseFiles")}</Button>
      </Group>
      {trouble && <Text size="sm" c="var(--ng-ink)" role="alert">{t("notRead", { why: trouble })}</Text>}
      <input ref={folder} type="file" hidden data-testid="folder" {...{ webkitdirectory: "" }} onChange={(e) => pick(e.currentTarget)} />
      <input ref={files} type="file" hidden multiple data-testid="files" onChange={(e) => pick(e.currentTarget)} />
    </div>
  );
}
