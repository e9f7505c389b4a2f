import { Group, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Problem } from "../../api/types";
import { Shape } from "../../parts/Verdict";
import { placeWords, toldWords } from "../../words/problems";

const SIGNS = { error: "ng", warning: "review", info: "act" } as const;

/** Problems by file, errors first. */
export function ProblemList({ problems }: { problems: Problem[] }) {
  const { t } = useTranslation("datasets");
  if (!problems.length) return <Text size="sm" c="dimmed">{t("noProblems")}</Text>;
  return (
    <div className="table-scroll" tabIndex={0} style={{ maxHeight: 320, overflow: "auto" }}>
      <Table style={{ minWidth: 0 }}>
        <Table.Tbody>
          {problems.map((each, index) => (
            <Table.Tr key={index}>
              <Table.Td w={96} className="nowrap" valign="top"><Shape sign={SIGNS[each.level]} size={10} /> {t(`level.${each.level}`)}</Table.Td>
              <Table.Td>
                <Group gap="2px 16px" align="baseline">
                  {each.path && <code style={{ flex: "0 1 16em", overflowWrap: "anywhere" }}>{placeWords(each.path)}</code>}
                  <span style={{ flex: "1 1 20em" }}>{toldWords(each)}</span>
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
