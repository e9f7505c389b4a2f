import { Select, Table, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useDefectClasses } from "../../api/queries";
import type { Import } from "../../api/types";
import { number } from "../../parts/format";

/** A class as it was read -> the class it becomes; null leaves it out. */
export type Mapping = Record<string, string | null>;

const NEW = "·new";
const SKIP = "·skip";

/** What was chosen, over what the import says already: the server wants the whole of it. */
export function wholeMap(of: Import, chosen: Mapping): Mapping {
  const read = of.classes.filter((each) => each.ignored || (each.mapped_to !== null && each.mapped_to !== each.name));
  return { ...Object.fromEntries(read.map((each) => [each.name, each.ignored ? null : each.mapped_to])), ...chosen };
}

interface Props { of: Import; map: Mapping; onMap: (map: Mapping) => void }

/** Each class of the files: one that is known, a new one under a name of one's own, or left out. */
export function ClassMap({ of, map, onMap }: Props) {
  const { t } = useTranslation("datasets");
  const classes = useDefectClasses().data ?? [];
  const known = new Set(classes.map((each) => each.name));
  if (!of.classes.length) return null;
  return (
    <div className="table-scroll">
      <Table>
        <Table.Thead><Table.Tr><Table.Th>{t("classRead")}</Table.Th><Table.Th ta="right">{t("findings")}</Table.Th><Table.Th>{t("becomes")}</Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>
          {of.classes.map((each) => (
            <Table.Tr key={each.name}>
              <Table.Td>{each.name}</Table.Td>
              <Table.Td ta="right">{number(each.findings)}</Table.Td>
              <Table.Td><Becomes name={each.name} target={targetOf(each, map)} known={known} onPick={(target) => onMap({ ...map, [each.name]: target })} /></Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function targetOf(each: Import["classes"][number], map: Mapping): string | null {
  return each.name in map ? map[each.name]! : each.ignored ? null : (each.mapped_to ?? each.name);
}

function Becomes({ name, target, known, onPick }: { name: string; target: string | null; known: Set<string>; onPick: (target: string | null) => void }) {
  const { t } = useTranslation("datasets");
  const value = target === null ? SKIP : known.has(target) ? target : NEW;
  const pick = (chosen: string | null) => onPick(chosen === SKIP ? null : chosen === NEW || !chosen ? name : chosen);
  return (
    <div className="becomes">
      <Select value={value} onChange={pick} allowDeselect={false} searchable aria-label={t("becomesOf", { name })}
        data={[...(known.has(name) ? [] : [{ value: NEW, label: t("newClass") }]), ...known, { value: SKIP, label: t("leaveOut") }]} />
      {value === NEW && <TextInput aria-label={t("newNameOf", { name })} value={target ?? name} maxLength={64} onChange={(e) => onPick(e.currentTarget.value || name)} />}
    </div>
  );
}
