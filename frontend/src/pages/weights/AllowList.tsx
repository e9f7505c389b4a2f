import { Button, Group, Modal, Stack, Table, Text, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { queryClient } from "../../api/queries";
import type { AllowedPickle } from "../../api/types";
import { Confirm } from "../../parts/Confirm";
import { fieldOf, Problem } from "../../parts/Problem";
import { QueryState } from "../../parts/QueryState";
import { Time } from "../../parts/Time";
import { Hash } from "./Hash";
import { useAllowList } from "./useWeights";

/** Which pickles may be read at all, and who says so. */
export function AllowList({ writes }: { writes: boolean }) {
  const { t } = useTranslation("weights");
  const list = useAllowList();
  const [adding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState<AllowedPickle | null>(null);
  const changed = () => queryClient.invalidateQueries({ queryKey: ["base-weights"] });
  return (
    <section style={{ marginTop: 32 }}>
      <Group justify="space-between" align="baseline" mb={4}>
        <h2 style={{ margin: 0, fontSize: 16 }}>{t("allowList")}</h2>
        {writes && <Button size="xs" variant="default" leftSection={<IconPlus size={14} />} onClick={() => setAdding(true)}>{t("register")}</Button>}
      </Group>
      <Text size="sm" c="dimmed" mb="sm" maw={760}>{t("allowAbout")}</Text>
      <QueryState query={list} empty={<Text size="sm" c="dimmed">{t("noneAllowed")}</Text>}>
        {(all) => (
          <div className="table-scroll panel">
            <Table className="cards">
              <Table.Thead><Table.Tr>{["sha256", "whoSays", "registered", ""].map((each) => <Table.Th key={each}>{each && t(each)}</Table.Th>)}</Table.Tr></Table.Thead>
              <Table.Tbody>
                {all.map((each) => (
                  <Table.Tr key={each.id}>
                    <Table.Td><Hash of={each.sha256} /></Table.Td>
                    <Table.Td data-label={t("whoSays")} style={{ overflowWrap: "anywhere" }}>{each.note}</Table.Td>
                    <Table.Td data-label={t("registered")}><span><Time at={each.created_at} /> <span className="dim">· {each.created_by}</span></span></Table.Td>
                    <Table.Td ta="right">{writes && <Button size="xs" variant="default" onClick={() => setLeaving(each)}>{t("withdraw")}</Button>}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
      </QueryState>
      {adding && <Register onClose={() => setAdding(false)} onDone={changed} />}
      {leaving && (
        <Confirm opened onClose={() => setLeaving(null)} danger title={t("withdrawTitle", { hash: leaving.sha256.slice(0, 12) })} text={t("withdrawText")} action={t("withdraw")}
          run={async () => { await api.delete(`/base-weights/allow-list/${leaving.id}`); await changed(); }} />
      )}
    </section>
  );
}

/** The hash as the publisher names it, and who has looked. */
function Register({ onClose, onDone }: { onClose: () => void; onDone: () => unknown }) {
  const { t } = useTranslation("weights");
  const [sha256, setSha256] = useState("");
  const [note, setNote] = useState("");
  const make = useMutation({
    mutationFn: () => api.post<AllowedPickle>("/base-weights/allow-list", { sha256: sha256.trim().toLowerCase(), note }),
    onSuccess: () => { onDone(); onClose(); },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <Modal opened onClose={onClose} title={t("register")} size="lg">
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput label={t("sha256")} description={t("typedMore")} value={sha256} onChange={(e) => setSha256(e.currentTarget.value)} required className="mono" error={fieldOf(make.error, "sha256")} data-autofocus />
          <TextInput label={t("whoSays")} description={t("whoSaysMore")} value={note} onChange={(e) => setNote(e.currentTarget.value)} required maxLength={500} error={fieldOf(make.error, "note")} />
          <Problem error={make.error} fieldsShown={["sha256", "note"]} />
          <Group><Button type="submit" loading={make.isPending}>{t("register")}</Button></Group>
        </Stack>
      </form>
    </Modal>
  );
}
