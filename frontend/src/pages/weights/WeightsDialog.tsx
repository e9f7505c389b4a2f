import { Button, Group, Modal, Stack, Table, Text } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { queryClient } from "../../api/queries";
import type { BaseWeights } from "../../api/types";
import { bytes } from "../../parts/format";
import { useNarrow } from "../../parts/narrow";
import { ResourceForm } from "../../parts/ResourceForm";
import { Time } from "../../parts/Time";
import { Hash } from "./Hash";
import { Contents, UsedBy } from "./WeightsTable";

const WORDS = ["name", "architecture", "licence", "source", "note"] as const;

/** All that is known of one file of weights; its words can be corrected. */
export function WeightsDialog({ weights, writes, onClose }: { weights: BaseWeights; writes: boolean; onClose: () => void }) {
  const { t } = useTranslation("weights");
  const narrow = useNarrow();
  const [editing, setEditing] = useState(false);
  const saved = () => {
    void queryClient.invalidateQueries({ queryKey: ["base-weights"] });
    onClose();
  };
  return (
    <Modal opened onClose={onClose} title={weights.name} size="lg" fullScreen={narrow}>
      {editing ? (
        <ResourceForm path="/base-weights" id={weights.id} start={Object.fromEntries(WORDS.map((name) => [name, weights[name]]))} onSaved={saved}
          fields={WORDS.map((name) => ({ name, label: t(name), kind: "text" as const, required: name !== "note" }))} />
      ) : (
        <Stack gap="md">
          <Facts of={weights} />
          {weights.first.length > 0 && <First of={weights} />}
          {writes && <Group justify="flex-end"><Button variant="default" onClick={() => setEditing(true)}>{t("edit", { ns: "frame" })}</Button></Group>}
        </Stack>
      )}
    </Modal>
  );
}

function Facts({ of }: { of: BaseWeights }) {
  const { t } = useTranslation("weights");
  const rows: [string, ReactNode][] = [
    ["architecture", of.architecture],
    ["licence", of.licence],
    ["source", /^https?:\/\//.test(of.source) ? <a className="link" href={of.source} target="_blank" rel="noreferrer">{of.source}</a> : of.source],
    ["note", of.note],
    ["file", [of.file_name, t(`formats.${of.format}`), bytes(of.size)].filter(Boolean).join(" · ")],
    ["sha256", <Hash key="h" of={of.sha256} />],
    ["contents", <Contents key="c" of={of} />],
    ["vouched", of.vouched && <>{of.vouched.note} <span className="dim">· {of.vouched.created_by}, <Time at={of.vouched.created_at} /></span></>],
    ["usedBy", <UsedBy key="u" of={of} all />],
    ["uploaded", <><Time at={of.created_at} /> · {of.uploaded_by}</>],
  ];
  return (
    <Table>
      <Table.Tbody>{rows.filter(([, value]) => value).map(([name, value]) => <Table.Tr key={name}><Table.Td className="dim" w={120} style={{ verticalAlign: "top" }}>{t(name)}</Table.Td><Table.Td style={{ overflowWrap: "anywhere" }}>{value}</Table.Td></Table.Tr>)}</Table.Tbody>
    </Table>
  );
}

/** The first tensors, by which one who knows the network recognises it. */
function First({ of }: { of: BaseWeights }) {
  const { t } = useTranslation("weights");
  return (
    <div>
      <Text size="sm" fw={600} mb={4}>{t("first", { count: of.first.length, n: of.first.length })}</Text>
      <div className="tensors">
        {of.first.map((each) => <div key={each.name}><code>{each.name}</code><code className="dim">{each.dtype} [{each.shape.join(" × ")}]</code></div>)}
      </div>
    </div>
  );
}
