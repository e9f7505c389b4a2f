import { Button, Paper, PasswordInput, SegmentedControl, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, useNavigate, useSearchParams } from "react-router-dom";
import { api } from "../../api/client";
import { queryClient, useMe } from "../../api/queries";
import type { Me } from "../../api/types";
import { keepLanguage } from "../../frame/Languages";
import { LANGUAGES, speak } from "../../i18n";
import { Problem } from "../../parts/Problem";

/** Only an address of our own is followed after signing in. */
function inside(next: string | null): string {
  return next?.startsWith("/") && !next.startsWith("//") ? next : "/board";
}

export default function Login() {
  const { t, i18n } = useTranslation("login");
  const next = inside(useSearchParams()[0].get("next"));
  const go = useNavigate();
  const me = useMe();
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const enter = useMutation({
    mutationFn: () => api.post<Me>("/auth/login", { username, password }),
    onSuccess: (user) => {
      queryClient.clear();
      queryClient.setQueryData(["me"], chosen ? { ...user, language: chosen } : user);
      if (chosen && chosen !== user.language && !user.must_change_password) void keepLanguage(chosen);
      go(next, { replace: true });
    },
  });
  if (me.data) return <Navigate to={next} replace />;
  const choose = (language: string) => {
    setChosen(language);
    void speak(language);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    enter.mutate();
  };
  return (
    <main className="centre" style={{ minHeight: "100dvh", alignContent: "center" }}>
      <Paper withBorder p="xl" w="100%" maw={380} ta="left">
        <form onSubmit={submit}>
          <Stack gap="md">
            <Stack gap={2}>
              <img src="/static/kizu.svg" alt="" width={32} height={32} />
              <Title order={1}>{t("title")}</Title>
              <Text size="sm" c="dimmed">{t("text")}</Text>
            </Stack>
            <TextInput label={t("username")} value={username} onChange={(e) => setUsername(e.currentTarget.value)}
              autoComplete="username" autoFocus required />
            <PasswordInput label={t("password")} value={password} onChange={(e) => setPassword(e.currentTarget.value)}
              autoComplete="current-password" required />
            <Problem error={enter.error} />
            <Button type="submit" loading={enter.isPending}>{t("enter")}</Button>
          </Stack>
        </form>
      </Paper>
      <SegmentedControl mt="md" size="xs" value={i18n.language} onChange={choose} aria-label={t("language", { ns: "frame" })}
        data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))} />
    </main>
  );
}
