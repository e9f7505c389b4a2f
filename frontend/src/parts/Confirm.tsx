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
  /** Ask for a reason, and hand it over. */
  reason?: boolean;
  run: (reason: string) => Promise<unknown>;
}

/** Asks once, naming the thing; shows its own progress and its own error. */
export function Confirm({ opened, onClose, title, text, action, danger, reason, run }: Props) {
  const { t } = useTranslation("frame");
  const [why, setWhy] = useState("");
  const act = useMutation({
    mutationFn: () => run(why.trim()),
    onSuccess: () => {
      setWhy("");
      onClose();
    },
  });
  return (
    <Modal opened={opened} onClose={onClose} title={title}>
      <Stack gap="md">
        {text && <Text size="sm">{text}</Text>}
        {reason && (
          <Textarea label={t("confirm.reason")} value={why} onChange={(e) => setWhy(e.currentTarget.value)}
            autosize minRows={2} required data-autofocus error={fieldOf(act.error, "reason")} />
        )}
        <Problem error={act.error} fieldsShown={["reason"]} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t("confirm.cancel")}</Button>
          <Button color={danger ? "red" : undefined} loading={act.isPending} disabled={reason && !why.trim()}
            onClick={() => act.mutate()}>{action}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
