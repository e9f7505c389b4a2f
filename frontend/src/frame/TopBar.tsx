import { ActionIcon } from "@mantine/core";
import { IconMenu2 } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Me } from "../api/types";
import { useLiveState } from "../live/useLive";
import { keepLanguage, Languages } from "./Languages";
import { ScopePicker } from "./ScopePicker";
import { Search } from "./Search";
import { Theme } from "./Theme";
import { UserMenu } from "./UserMenu";

/** Scope, search, the live mark, language, theme, oneself. */
export function TopBar({ me, onMenu }: { me: Me; onMenu: () => void }) {
  const { t } = useTranslation("frame");
  return (
    <header className="top">
      <ActionIcon onClick={onMenu} aria-label={t("nav.label")} className="only-phone"><IconMenu2 size={20} /></ActionIcon>
      <ScopePicker />
      <Search />
      <div className="top-space" />
      <LiveMark />
      <div className="hide-phone"><Languages onPick={(language) => void keepLanguage(language)} /></div>
      <div className="hide-phone"><Theme /></div>
      <UserMenu me={me} />
    </header>
  );
}

function LiveMark() {
  const { t } = useTranslation("frame");
  const state = useLiveState();
  return (
    <span className="live-mark" role="status" title={t(`live.${state}.more`)}>
      <span className="live-dot" data-state={state} />
      <span className="hide-phone">{t(`live.${state}.word`)}</span>
      <span className="hidden-words only-phone">{t(`live.${state}.more`)}</span>
    </span>
  );
}
