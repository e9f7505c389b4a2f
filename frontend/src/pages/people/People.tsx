import { Badge, Button, Modal, MultiSelect, PasswordInput, Select, Stack, Switch, Table, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, everyPage } from "../../api/client";
import { queryClient, useLines } from "../../api/queries";
import type { User } from "../../api/types";
import { Page } from "../../parts/Page";
import { fieldOf, Problem } from "../../parts/Problem";
import "../../parts/table.css";
import { QueryState } from "../../parts/QueryState";
import "../../parts/table.css";

const ROLES = ["viewer", "operator", "engineer", "manager", "admin"];
type Draft = Partial<User> & { password?: string };

/** Who may sign in, and as what. */
export default function People() {
  const { t } = useTranslation("people");
  const list = useQuery({ queryKey: ["users"], queryFn: () => everyPage<User>("/users") });
  const lines = useLines().data ?? [];
  const [draft, setDraft] = useState<Draft | null>(null);
  return (
    <Page title={t("title")} actions={<Button leftSection={<IconPlus size={16} />} onClick={() => setDraft({ role: "operator", lines: [], is_active: true })}>{t("new")}</Button>}>
      <QueryState query={list}>
        {(users) => (
          <div className="table-scroll panel">
            <Table highlightOnHover className="cards">
              <Table.Thead><Table.Tr>{["username", "name", "role", "lines", ""].map((each) => <Table.Th key={each}>{each && t(each)}</Table.Th>)}</Table.Tr></Table.Thead>
              <Table.Tbody>
                {users.map((user) => (
                  <Table.Tr key={user.id}>
                    <Table.Td data-label={t("username")}>{user.username} {!user.is_active && <Badge color="gray" variant="light">{t("off")}</Badge>}</Table.Td>
                    <Table.Td data-label={t("name")}>{[user.first_name, user.last_name].join(" ").trim() || "–"}</Table.Td>
                    <Table.Td data-label={t("role")}>{t(`role.${user.role}`, { ns: "frame" })}</Table.Td>
                    <Table.Td data-label={t("lines")}>{user.lines.length ? user.lines.map((id) => lines.find((line) => line.id === id)?.name ?? id).join(", ") : t("allLines")}</Table.Td>
                    <Table.Td ta="right"><Button size="xs" variant="default" onClick={() => setDraft(user)}>{t("edit", { ns: "frame" })}</Button></Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
      </QueryState>
      {draft && <Editor draft={draft} onClose={() => setDraft(null)} />}
    </Page>
  );
}

function Editor({ draft, onClose }: { draft: Draft; onClose: () => void }) {
  const { t } = useTranslation("people");
  const lines = useLines().data ?? [];
  const [values, setValues] = useState<Draft>(draft);
  const set = (part: Draft) => setValues((old) => ({ ...old, ...part }));
  const save = useMutation({
    mutationFn: () => {
      const { username, first_name, last_name, role, lines: own, is_active, password } = values;
      const body = { username, first_name, last_name, role, lines: own, is_active, ...(password ? { password } : {}) };
      return draft.id ? api.patch(`/users/${draft.id}`, body) : api.post("/users", body);
    },
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["users"] });
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Modal opened onClose={onClose} closeOnClickOutside={false} title={draft.id ? draft.username : t("new")}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput label={t("username")} value={values.username ?? ""} onChange={(e) => set({ username: e.currentTarget.value })} required error={fieldOf(save.error, "username")} />
          <TextInput label={t("first")} value={values.first_name ?? ""} onChange={(e) => set({ first_name: e.currentTarget.value })} />
          <TextInput label={t("last")} value={values.last_name ?? ""} onChange={(e) => set({ last_name: e.currentTarget.value })} />
          <Select label={t("role")} description={t(`may.${values.role ?? "viewer"}`)} value={values.role} allowDeselect={false} data={ROLES.map((role) => ({ value: role, label: t(`role.${role}`, { ns: "frame" }) }))} onChange={(role) => set({ role: role as User["role"] })} />
          <MultiSelect label={t("lines")} description={t("linesMore")} value={(values.lines ?? []).map(String)} data={lines.map((line) => ({ value: String(line.id), label: line.name }))} onChange={(ids) => set({ lines: ids.map(Number) })} searchable />
          <PasswordInput label={t(draft.id ? "newPassword" : "firstPassword")} description={t("passwordMore")} value={values.password ?? ""} onChange={(e) => set({ password: e.currentTarget.value })} required={!draft.id} error={fieldOf(save.error, "password")} autoComplete="new-password" />
          {draft.id && <Switch label={t("active")} checked={values.is_active ?? true} onChange={(e) => set({ is_active: e.currentTarget.checked })} />}
          <Problem error={save.error} fieldsShown={["username", "password"]} />
          <Button type="submit" loading={save.isPending}>{t("save", { ns: "frame" })}</Button>
        </Stack>
      </form>
    </Modal>
  );
}
