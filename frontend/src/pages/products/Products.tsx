import { Button, Modal, Table, Tabs } from "@mantine/core";
import { IconBooks, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router-dom";
import { queryClient, useDefectClasses, useProducts } from "../../api/queries";
import { Empty } from "../../parts/Empty";
import { Page } from "../../parts/Page";
import { QueryState } from "../../parts/QueryState";
import { type FieldSpec, ResourceForm } from "../../parts/ResourceForm";
import { Recipes } from "./Recipes";
import { useCan } from "../../state/can";

/** What is made, which defects it can have, and how it is judged. */
export default function Products() {
  const { t } = useTranslation("products");
  const [search, setSearch] = useSearchParams();
  const tab = search.get("tab") ?? "recipes";
  return (
    <Page title={t("title")}>
      <Tabs value={tab} onChange={(value) => setSearch((old) => { const next = new URLSearchParams(old); next.set("tab", value ?? "recipes"); return next; })} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="recipes">{t("recipes")}</Tabs.Tab>
          <Tabs.Tab value="products">{t("products")}</Tabs.Tab>
          <Tabs.Tab value="classes">{t("classes")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="recipes"><Recipes /></Tabs.Panel>
        <Tabs.Panel value="products"><ProductList /></Tabs.Panel>
        <Tabs.Panel value="classes"><ClassList /></Tabs.Panel>
      </Tabs>
    </Page>
  );
}

type Row = Record<string, string | number | null> & { id: number };

function ProductList() {
  const { t } = useTranslation("products");
  const list = useProducts();
  const whole = useCan("plant");
  const [open, setOpen] = useState<Partial<Row> | null>(null);
  const fields: FieldSpec[] = [
    { name: "code", label: t("code"), kind: "text", required: true, description: t("codeMore") },
    { name: "name", label: t("name"), kind: "text", required: true },
  ];
  const add = whole && <Button leftSection={<IconPlus size={16} />} mb="md" onClick={() => setOpen({})}>{t("newProduct")}</Button>;
  return (
    <>
      {add}
      <QueryState query={list} empty={<Empty icon={IconBooks} title={t("noProducts.title")} text={t("noProducts.text")} />}>
        {(products) => (
          <div className="panel table-scroll">
            <Table highlightOnHover>
              <Table.Tbody>
                {products.map((each) => (
                  <Table.Tr key={each.id}><Table.Td fw={600}>{each.code}</Table.Td><Table.Td>{each.name}</Table.Td><Table.Td ta="right">{whole && <Button size="xs" variant="default" onClick={() => setOpen({ id: each.id, code: each.code, name: each.name })}>{t("edit", { ns: "frame" })}</Button>}</Table.Td></Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
      </QueryState>
      <Editor path="/products" queryKey="products" fields={fields} open={open} onClose={() => setOpen(null)} title={t("product")} />
    </>
  );
}

function ClassList() {
  const { t } = useTranslation("products");
  const list = useDefectClasses();
  const whole = useCan("plant");
  const [open, setOpen] = useState<Partial<Row> | null>(null);
  const severities = ["critical", "major", "minor", "nuisance", "good"].map((value) => ({ value, label: t(`severities.${value}`) }));
  const fields: FieldSpec[] = [
    { name: "name", label: t("name"), kind: "text", required: true },
    { name: "severity", label: t("severity"), kind: "select", options: severities, required: true, description: t("severityMore") },
    { name: "colour", label: t("colour"), kind: "colour" },
  ];
  return (
    <>
      {whole && <Button leftSection={<IconPlus size={16} />} mb="md" onClick={() => setOpen({ severity: "major", colour: "#0072b2" })}>{t("newClass")}</Button>}
      <QueryState query={list} empty={<Empty icon={IconBooks} title={t("noClasses.title")} text={t("noClasses.text")} />}>
        {(classes) => (
          <div className="panel table-scroll">
            <Table highlightOnHover>
              <Table.Tbody>
                {classes.map((each) => (
                  <Table.Tr key={each.id}>
                    <Table.Td w={40}><span style={{ display: "block", width: 14, height: 14, borderRadius: 3, background: each.colour }} /></Table.Td>
                    <Table.Td fw={600}>{each.name}</Table.Td>
                    <Table.Td>{t(`severities.${each.severity}`)}</Table.Td>
                    <Table.Td className="dim">{each.merged_into && t("merged", { name: classes.find((other) => other.id === each.merged_into)?.name })}</Table.Td>
                    <Table.Td ta="right">{whole && <Button size="xs" variant="default" onClick={() => setOpen({ id: each.id, name: each.name, severity: each.severity, colour: each.colour })}>{t("edit", { ns: "frame" })}</Button>}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
      </QueryState>
      <Editor path="/defect-classes" queryKey="defect-classes" fields={fields} open={open} onClose={() => setOpen(null)} title={t("class")} />
    </>
  );
}

interface EditorProps { path: string; queryKey: string; fields: FieldSpec[]; open: Partial<Row> | null; onClose: () => void; title: string }

function Editor({ path, queryKey, fields, open, onClose, title }: EditorProps) {
  const { id = null, ...start } = open ?? {};
  const saved = () => {
    void queryClient.invalidateQueries({ queryKey: [queryKey] });
    onClose();
  };
  return (
    <Modal opened={open !== null} onClose={onClose} title={title} closeOnClickOutside={false}>
      <ResourceForm key={String(id)} path={path} id={id} fields={fields} start={start as Record<string, string | number | null>} onSaved={saved} />
    </Modal>
  );
}
