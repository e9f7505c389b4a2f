import { Box, Skeleton, Stack } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiProblem } from "../api/client";
import { useLiveState } from "../live/useLive";
import { Problem } from "./Problem";

interface Props<T> {
  query: UseQueryResult<T>;
  skeleton?: ReactNode;
  empty?: ReactNode;
  isEmpty?: (data: T) => boolean;
  children: (data: T) => ReactNode;
}

const rows = (
  <Stack gap="sm">
    {[1, 2, 3, 4, 5].map((row) => <Skeleton key={row} height={36} />)}
  </Stack>
);

/** A query's four states: loading, failed, empty, there. Stale data stay on screen with the error above. */
export function QueryState<T>({ query, skeleton = rows, empty, isEmpty, children }: Props<T>) {
  const { data, error } = query;
  const said = useLiveState() !== "open" && error instanceof ApiProblem && error.code === "unreachable"; // by the bar above
  const problem = error && !(said && data !== undefined) ? <Box mb="md"><Problem error={error} onRetry={() => void query.refetch()} /></Box> : null;
  if (data === undefined) return problem ?? skeleton;
  const nothing = isEmpty ? isEmpty(data) : Array.isArray(data) && data.length === 0;
  return (
    <>
      {problem}
      {nothing && empty ? empty : children(data)}
    </>
  );
}
