import { ActionIcon, Menu, TextInput, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { IconLanguage, IconMenu2, IconMoon, IconSearch, IconSun } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router-dom";
import { api } from "../api/client";
import type { Me } from "../api/types";
import { LANGUAGES, speak } from "../i18n";
import { useLiveState } from "../live/useLive";
import { ScopePicker } from "./ScopePicker";
import { UserMenu } from "./UserMenu";

/** Scope, search, the live mark, language, theme, oneself. */
export function TopBar({ me, onMenu }: { me: Me; onMenu: () => void }) {
  const { t } = useTranslation("frame");
  return (
    <header className="top">
      <ActionIcon onClick={onMenu} aria-label={t("nav.label")} hiddenFrom="sm"><IconMenu2 size={20} /></ActionIcon>
      <ScopePicker />
      <Search />
      <div className="top-space" />
      <LiveMark />
      <Languages me={me} />
      <Theme />
      <UserMenu me={me} />
    </header>
  );
}

function Search() {
  const { t } = useTranslation("frame");
  const [words, setWords] = useState("");
  const go = useNavigate();
  const find = (event: FormEvent) => {
    event.preventDefault();
    const text = words.trim();
    if (!text) return;
    const job = /^#?job\s*(\d+)$/i.exec(text);
    go(job ? `/jobs/${job[1]}` : `/inspections?serial=${encodeURIComponent(text)}`);
    setWords("");
  };
  return (
    <form onSubmit={find} className="hide-phone" role="search" style={{ width: 240 }}>
      <TextInput
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
        placeholder={t("search")}
        aria-label={t("search")}
        leftSection={<IconSearch size={16} />}
      />
    </form>
  );
}

function LiveMark() {
  const { t } = useTranslation("frame");
  const state = useLiveState();
  return (
    <span className="live-mark" role="status" title={t(`live.${state}.more`)}>
      <span className="live-dot" data-state={state} />
      <span className="hide-phone">{t(`live.${state}.word`)}</span>
    </span>
  );
}

function Languages({ me }: { me: Me }) {
  const { t, i18n } = useTranslation("frame");
  const pick = (language: string) => {
    void speak(language);
    if (language !== me.language) void api.patch("/auth/me", { language });
  };
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon aria-label={t("language")}><IconLanguage size={20} stroke={1.6} /></ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {Object.entries(LANGUAGES).map(([code, name]) => (
          <Menu.Item key={code} onClick={() => pick(code)} fw={i18n.language === code ? 600 : 400}>{name}</Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Theme() {
  const { t } = useTranslation("frame");
  const { setColorScheme } = useMantineColorScheme();
  const now = useComputedColorScheme();
  const next = now === "dark" ? "light" : "dark";
  return (
    <ActionIcon onClick={() => setColorScheme(next)} aria-label={t(`theme.${next}`)} className="hide-phone">
      {now === "dark" ? <IconSun size={20} stroke={1.6} /> : <IconMoon size={20} stroke={1.6} />}
    </ActionIcon>
  );
}
