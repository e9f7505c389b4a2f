import { ActionIcon, Tooltip } from "@mantine/core";
import { IconLayoutSidebarLeftCollapse, IconLayoutSidebarLeftExpand } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link, NavLink } from "react-router-dom";
import type { Me } from "../api/types";
import { GROUPS, PAGES } from "../pages";
import { holds } from "../state/can";
import { useScope } from "../state/scope";

interface Props {
  me: Me;
  narrow: boolean;
  onNarrow?: () => void;
  onPick?: () => void;
  className?: string;
}

/** The pages that this person may open, in their four groups. */
export function Rail({ me, narrow, onNarrow, onPick, className = "" }: Props) {
  const { t } = useTranslation("frame");
  const { search } = useScope();
  const open = PAGES.filter((page) => page.nav && holds(me, ...page.needs));
  return (
    <nav className={`rail ${className}`} data-narrow={narrow} aria-label={t("nav.label")}>
      <Link to={`/board${search}`} className="rail-brand" onClick={onPick}>
        <img src="/static/kizu.svg" alt="" />
        {!narrow && "Kizu"}
      </Link>
      {GROUPS.map((group) => {
        const pages = open.filter((page) => page.nav?.group === group);
        if (!pages.length) return null;
        return (
          <div key={group}>
            <div className="rail-group">{t(`group.${group}`)}</div>
            {pages.map(({ path, nav }) => {
              const Icon = nav!.icon;
              return (
                <Tooltip key={path} label={t(`nav.${nav!.name}`)} position="right" disabled={!narrow}>
                  <NavLink to={`/${path}${search}`} className="rail-link" onClick={onPick}>
                    <Icon size={20} stroke={1.6} aria-hidden />
                    <span className={narrow ? "hidden-words" : undefined}>{t(`nav.${nav!.name}`)}</span>
                  </NavLink>
                </Tooltip>
              );
            })}
          </div>
        );
      })}
      {onNarrow && (
        <div className="rail-foot">
          <ActionIcon onClick={onNarrow} aria-label={t(narrow ? "nav.widen" : "nav.narrow")}>
            {narrow ? <IconLayoutSidebarLeftExpand size={20} /> : <IconLayoutSidebarLeftCollapse size={20} />}
          </ActionIcon>
        </div>
      )}
    </nav>
  );
}
