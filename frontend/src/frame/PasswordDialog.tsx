import { Button, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { queryClient } from "../api/queries";
import { fieldOf, Problem } from "../parts/Problem";

interface Props {
  opened: boolean;
  must?: boolean;
  onClose?: () => void;
}

/** Change one's own password; `must` leaves no way around it. */
export function PasswordDialog({ opened, must = false, onClose }: Props) {
  const { t } = useTranslation("frame");
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const change = useMutation({
    mutationFn: () => api.post("/auth/password", { old, new: fresh }),
    onSuccess: async () => {
      setOld("");
      setFresh("");
      notifications.show({ message: t("password.done") });
      await queryClient.invalidateQueries(); // until now everything was refused
      onClose?.();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <Modal opened={opened} onClose={() => onClose?.()} title={t("password.title")} withCloseButton={!must}
      closeOnEscape={!must} closeOnClickOutside={!must}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {must && <Text size="sm">{t("password.must")}</Text>}
          <PasswordInput label={t("password.old")} value={old} autoComplete="current-password" required
            onChange={(e) => setOld(e.currentTarget.value)} error={fieldOf(change.error, "old")} />
          <PasswordInput label={t("password.new")} value={fresh} autoComplete="new-password" required
            onChange={(e) => setFresh(e.currentTarget.value)} error={fieldOf(change.error, "new")} />
          <Problem error={change.error} fieldsShown={["old", "new"]} />
          <Button type="submit" loading={change.isPending}>{t("password.change")}</Button>
        </Stack>
      </form>
    </Modal>
  );
}
