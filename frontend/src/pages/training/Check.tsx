import { Text } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { JobCheck } from "../../api/types";
import { duration, number } from "../../parts/format";
import { Problem } from "../../parts/Problem";
import { ProblemList } from "../datasets/ProblemList";

/** What speaks against the training, and about how long it would take. */
export function Check({ query }: { query: UseQueryResult<JobCheck> }) {
  const { t } = useTranslation("training");
  const { data, error } = query;
  const others = data?.problems.filter((each) => !each.path.startsWith("params.")) ?? [];
  return (
    <>
      <Problem error={error} onRetry={() => void query.refetch()} />
      {data?.estimate && <Text size="sm" c="dimmed">{t("estimate", { time: duration((data.estimate.minutes ?? 0) * 60), memory: number(data.estimate.memory_mb) })}</Text>}
      {others.length > 0 && <div className="panel"><ProblemList problems={others} /></div>}
      {data?.ok && data.problems.every((each) => each.level === "info") && <Text size="sm" c="dimmed">{t("checkedWell")}</Text>}
    </>
  );
}
