import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { fieldOf, Problem } from "./Problem";

interface Props {
  opened: boolean;
  onClose: () => void;
  title: string;
  text?: ReactNode;
  /** The word on the button: what happens. */
  action: string;
  danger?: boolean;
  /** Ask for a reason, and hand it over; a text is there to begin with. */
  reason?: boolean | string;
  /** Said while it runs, where that may take longer. */
  waiting?: string;
  run: (reason: string) => Promise<unknown>;
}

/** Asks once, naming the thing; shows its own progress and its own error. */
export function Confirm({ opened, onClose, title, ...rest }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={title}>
      <Question onClose={onClose} {...rest} />
    </Modal>
  );
}

function Question({ onClose, text, action, danger, reason, waiting, run }: Omit<Props, "opened" | "title">) {
  const { t } = useTranslation("frame");
  const [why, setWhy] = useState(typeof reason === "string" ? reason : "");
  const act = useMutation({ mutationFn: () => run(why.trim()), onSuccess: onClose });
  return (
    <Stack gap="md">
      {text && <Text size="sm">{text}</Text>}
      {reason && (
        <Textarea label={t("confirm.reason")} value={why} onChange={(e) => setWhy(e.currentTarget.value)}
          autosize minRows={2} required data-autofocus error={fieldOf(act.error, "reason")} />
      )}
      <Problem error={act.error} fieldsShown={["reason"]} />
      {waiting && act.isPending && <Text size="sm" c="dimmed" role="status">{waiting}</Text>}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>{t("confirm.cancel")}</Button>
        <Button color={danger ? "red" : undefined} loading={act.isPending} disabled={Boolean(reason) && !why.trim()}
          onClick={() => act.mutate()}>{action}</Button>
      </Group>
    </Stack>
  );
}
