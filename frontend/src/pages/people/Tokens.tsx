import { Alert, Button, Code, CopyButton, Group, Modal, MultiSelect, NumberInput, Stack, Switch, Table, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconKey, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, everyPage } from "../../api/client";
import { queryClient, useStations } from "../../api/queries";
import type { ApiToken } from "../../api/types";
import { Confirm } from "../../parts/Confirm";
import { Empty } from "../../parts/Empty";
import { Page } from "../../parts/Page";
import { fieldOf, Problem } from "../../parts/Problem";
import { QueryState } from "../../parts/QueryState";
import { Can } from "../../state/can";
import { Ago, Time } from "../../parts/Time";
import "../../parts/table.css";

/** API tokens for line computers and scripts: one's own, and everyone's for an administrator. */
export default function Tokens() {
  const { t } = useTranslation("people");
  const [all, setAll] = useState(false);
  const list = useQuery({ queryKey: ["tokens", all], queryFn: () => everyPage<ApiToken>(`/tokens${all ? "?all=true" : ""}`) });
  const [opened, dialog] = useDisclosure(false);
  const [revoking, setRevoking] = useState<ApiToken | null>(null);
  const add = <Button leftSection={<IconPlus size={16} />} onClick={dialog.open}>{t("newToken")}</Button>;
  const state = (token: ApiToken) => token.revoked_at ? t("revoked") : token.expires_at && new Date(token.expires_at) < new Date() ? t("expired") : t("valid");
  return (
    <Page title={t("tokens")} actions={add}>
      <Can do="people"><Switch mb="md" label={t("everyonesTokens")} checked={all} onChange={(event) => setAll(event.currentTarget.checked)} /></Can>
      <QueryState query={list} empty={<Empty icon={IconKey} title={t("noTokens.title")} text={t("noTokens.text")} action={add} />}>
        {(tokens) => (
          <div className="table-scroll panel">
            <Table className="cards">
              <Table.Thead><Table.Tr>{[...(all ? ["username"] : []), "tokenName", "prefix", "state", "expires", "used", ""].map((each) => <Table.Th key={each}>{each && t(each)}</Table.Th>)}</Table.Tr></Table.Thead>
              <Table.Tbody>
                {tokens.map((token) => (
                  <Table.Tr key={token.id}>
                    {all && <Table.Td data-label={t("username")}>{token.username}</Table.Td>}
                    <Table.Td data-label={t("tokenName")}>{token.name}</Table.Td>
                    <Table.Td data-label={t("prefix")}><Code>{token.prefix}…</Code></Table.Td>
                    <Table.Td data-label={t("state")}>{state(token)}</Table.Td>
                    <Table.Td data-label={t("expires")}><Time at={token.expires_at} /></Table.Td>
                    <Table.Td data-label={t("used")}><Ago at={token.last_used_at} /></Table.Td>
                    <Table.Td ta="right">{!token.revoked_at && <Button size="xs" variant="default" onClick={() => setRevoking(token)}>{t("revoke")}</Button>}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
      </QueryState>
      {revoking && (
        <Confirm opened onClose={() => setRevoking(null)} danger title={t("revokeTitle", { name: revoking.name })} text={t("revokeText", { prefix: revoking.prefix })} action={t("revoke")}
          run={async () => { await api.post(`/tokens/${revoking.id}/revoke`); await list.refetch(); }} />
      )}
      <NewToken opened={opened} onClose={dialog.close} />
    </Page>
  );
}

function NewToken({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation("people");
  const stations = useStations().data ?? [];
  const [name, setName] = useState("");
  const [days, setDays] = useState<number | string>(365);
  const [scoped, setScoped] = useState<string[]>([]);
  const make = useMutation({
    mutationFn: () => api.post<ApiToken>("/tokens", { name, days: Number(days), stations: scoped.map(Number) }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["tokens"] }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  const close = () => {
    make.reset();
    setName("");
    onClose();
  };
  const key = make.data?.token;
  return (
    <Modal opened={opened} onClose={close} title={t("newToken")} size="lg" closeOnClickOutside={false} closeOnEscape={!key} withCloseButton={!key}>
      {key ? (
        <Stack gap="md">
          <Alert color="indigo" variant="light">{t("once")}</Alert>
          <Code block>{key}</Code>
          <Group>
            <CopyButton value={key}>{({ copied, copy }) => <Button onClick={copy}>{t(copied ? "copied" : "copy", { ns: "frame" })}</Button>}</CopyButton>
            <Button variant="default" onClick={close}>{t("close", { ns: "frame" })}</Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={submit}>
          <Stack gap="md">
            <TextInput label={t("tokenName")} description={t("tokenNameMore")} value={name} onChange={(e) => setName(e.currentTarget.value)} required error={fieldOf(make.error, "name")} />
            <NumberInput label={t("days")} min={1} max={3650} value={days} onChange={setDays} />
            <MultiSelect label={t("stations")} description={t("stationsMore")} value={scoped} onChange={setScoped} searchable data={stations.map((each) => ({ value: String(each.id), label: each.name }))} />
            <Problem error={make.error} fieldsShown={["name"]} />
            <Button type="submit" loading={make.isPending}>{t("make")}</Button>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
