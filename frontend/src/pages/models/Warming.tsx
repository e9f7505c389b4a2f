import { Alert, Button, Loader, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { Recipe } from "../../api/types";
import { Problem } from "../../parts/Problem";
import { Ago } from "../../parts/Time";
import { refreshReleases } from "./useReleases";

/** A release on its way: warming until a serve process holds the model, then in force. */
export function Warming({ recipe, model, onClose }: { recipe: Recipe; model: number; onClose: () => void }) {
  const { t } = useTranslation("models");
  const [since] = useState(() => new Date().toISOString());
  const query = useQuery({
    queryKey: ["recipe", recipe.id], queryFn: () => api.get<Recipe>(`/recipes/${recipe.id}`), initialData: recipe,
    refetchInterval: (now) => (now.state.data?.state === "warming" ? 1000 : false),
  });
  const state = query.data.state;
  useEffect(() => {
    if (state === "released") refreshReleases();
  }, [state]);
  return (
    <Stack gap="md">
      <Problem error={query.error} />
      {state === "released" && <Alert color="green" variant="light" role="status">{t("released", { id: model })}</Alert>}
      {state === "warming" && (
        <Alert color="indigo" variant="light" role="status" icon={<Loader size={16} />}>
          <Text size="sm">{t("warmingMore", { id: model })}</Text>
          <Text size="xs" c="dimmed">{t("asked")} <Ago at={since} /></Text>
        </Alert>
      )}
      {state !== "released" && state !== "warming" && <Alert color="orange" variant="light" role="status">{t("overtaken")}</Alert>}
      <Button variant="default" onClick={onClose}>{t("close", { ns: "frame" })}</Button>
    </Stack>
  );
}
