import { Alert, Button, Group, List, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { ApiProblem } from "../api/client";
import { fieldName, fieldWords, problemWords } from "../words/problems";

/** The messages of one form field, if the API gave any. */
export function fieldOf(error: unknown, name: string): string | undefined {
  return error instanceof ApiProblem ? fieldWords(error, name) : undefined;
}

interface Props {
  error: unknown;
  /** Fields whose messages stand beside them already. */
  fieldsShown?: string[];
  onRetry?: () => void;
}

/** What went wrong, its code, and a way to try again. Nothing while there is no error. */
export function Problem({ error, fieldsShown = [], onRetry }: Props) {
  const { t } = useTranslation("frame");
  if (!error) return null;
  const problem = error instanceof ApiProblem ? error : null;
  const rest = Object.entries(problem?.fields ?? {}).filter(([name]) => !fieldsShown.includes(name));
  const onlyFields = problem && Object.keys(problem.fields).length > 0 && rest.length === 0;
  if (onlyFields) return null;
  const words = problem?.code === "unreachable" ? t("problem.unreachable") : (problem ? problemWords(problem) : String(error));
  return (
    <Alert color="orange" variant="light" icon={<IconAlertTriangle size={18} />} role="alert">
      <Text size="sm">{words}</Text>
      {rest.length > 1 && (
        <List size="sm">
          {rest.map(([name]) => <List.Item key={name}>{fieldName(name)}: {problem && fieldWords(problem, name)}</List.Item>)}
        </List>
      )}
      <Group justify="space-between" mt={4}>
        <Text size="xs" c="dimmed">{problem?.code}</Text>
        {onRetry && <Button size="xs" variant="default" onClick={onRetry}>{t("problem.again")}</Button>}
      </Group>
    </Alert>
  );
}
