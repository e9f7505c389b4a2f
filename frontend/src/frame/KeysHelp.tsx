import { Kbd, Modal, Table } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useBoundKeys, useKeys } from "../state/keys";

/** "?" shows the keys of the page on screen. */
export function KeysHelp() {
  const { t } = useTranslation("frame");
  const [open, setOpen] = useState(false);
  useKeys(t("keys.everywhere"), [{ key: "?", label: t("keys.help"), run: () => setOpen(true) }]);
  const groups = useBoundKeys();
  return (
    <Modal opened={open} onClose={() => setOpen(false)} title={t("keys.title")} size="lg">
      {groups.map((group) => (
        <section key={group.title}>
          <h3 style={{ margin: "8px 0 4px" }}>{group.title}</h3>
          <Table>
            <Table.Tbody>
              {group.keys.map((key) => (
                <Table.Tr key={key.key}>
                  <Table.Td w={120}><Kbd>{key.key === " " ? t("keys.space") : key.key}</Kbd></Table.Td>
                  <Table.Td>{key.label}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </section>
      ))}
    </Modal>
  );
}
