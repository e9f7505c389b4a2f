import { ActionIcon, Menu } from "@mantine/core";
import { IconLanguage } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { queryClient } from "../api/queries";
import type { Me } from "../api/types";
import { LANGUAGES, speak } from "../i18n";

/** Keep the language with the account, so that it is spoken at every computer. */
export async function keepLanguage(language: string): Promise<void> {
  queryClient.setQueryData(["me"], await api.patch<Me>("/auth/me", { language }));
}

/** The languages; `onPick` after the pages have turned to one. */
export function Languages({ onPick }: { onPick: (language: string) => void }) {
  const { t, i18n } = useTranslation("frame");
  const pick = (language: string) => void speak(language).then(() => onPick(language));
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon aria-label={t("language")}><IconLanguage size={20} stroke={1.6} /></ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {Object.entries(LANGUAGES).map(([code, name]) => (
          <Menu.Item key={code} lang={code} onClick={() => pick(code)} fw={i18n.language === code ? 600 : 400}>{name}</Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
