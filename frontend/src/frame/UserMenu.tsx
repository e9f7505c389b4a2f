import { ActionIcon, Avatar, Menu, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";
import { api } from "../api/client";
import { queryClient } from "../api/queries";
import type { Me } from "../api/types";
import { LANGUAGES, speak } from "../i18n";
import { keepLanguage } from "./Languages";
import { PasswordDialog } from "./PasswordDialog";

/** Who is signed in, and the way out. */
export function UserMenu({ me }: { me: Me }) {
  const { t } = useTranslation("frame");
  const [opened, dialog] = useDisclosure(false);
  const leave = async () => {
    await api.post("/auth/logout");
    queryClient.clear();
    window.location.assign("/login");
  };
  const name = [me.first_name, me.last_name].filter(Boolean).join(" ") || me.username;
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={t("user.menu", { name })} radius="xl">
            <Avatar size={28} name={name} color="indigo" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{name} · {t(`role.${me.role}`)}</Menu.Label>
          <Menu.Item component={Link} to="/tokens">{t("user.tokens")}</Menu.Item>
          <Menu.Item onClick={dialog.open}>{t("user.password")}</Menu.Item>
          <OnPhone />
          <Menu.Item onClick={() => void leave()}>{t("user.leave")}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <PasswordDialog opened={opened} onClose={dialog.close} />
    </>
  );
}

/** What the top bar has no room for at 390 px. */
function OnPhone() {
  const { t, i18n } = useTranslation("frame");
  const { setColorScheme } = useMantineColorScheme();
  const next = useComputedColorScheme() === "dark" ? "light" : "dark";
  const others = Object.entries(LANGUAGES).filter(([code]) => code !== i18n.language);
  return (
    <div className="only-phone">
      <Menu.Divider />
      <Menu.Item onClick={() => setColorScheme(next)}>{t(`theme.${next}`)}</Menu.Item>
      {others.map(([code, word]) => (
        <Menu.Item key={code} lang={code} onClick={() => void speak(code).then(() => keepLanguage(code))}>{word}</Menu.Item>
      ))}
      <Menu.Divider />
    </div>
  );
}
