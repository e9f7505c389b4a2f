import { Drawer } from "@mantine/core";
import { useDisclosure, useLocalStorage } from "@mantine/hooks";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, Outlet, useLocation, useSearchParams } from "react-router-dom";
import { useMe } from "../api/queries";
import { speak } from "../i18n";
import { live } from "../live/useLive";
import { useKeptScope } from "../state/scope";
import { UploadMark } from "../upload/UploadMark";
import { KeysHelp } from "./KeysHelp";
import { LostBar } from "./LostBar";
import { PasswordDialog } from "./PasswordDialog";
import { Rail } from "./Rail";
import { Starting } from "./Starting";
import { TopBar } from "./TopBar";
import { Unreachable } from "./Unreachable";
import "./frame.css";

/** What surrounds every page once somebody is signed in. */
export function Frame() {
  const { t } = useTranslation("frame");
  const me = useMe();
  const at = useLocation();
  const [narrow, setNarrow] = useLocalStorage({ key: "kizu.rail", defaultValue: false });
  const [open, drawer] = useDisclosure(false);
  useTv();
  const user = me.data;
  useEffect(() => {
    if (!user) return undefined;
    if (user.language) void speak(user.language);
    live.start();
    return () => live.stop();
  }, [user]);
  const kept = useKeptScope();
  if (me.isPending) return <Starting />;
  if (user === undefined) return <Unreachable error={me.error} again={() => void me.refetch()} />;
  if (user === null) return <Navigate to={`/login?next=${encodeURIComponent(at.pathname + at.search)}`} replace />;
  return (
    <div className="frame">
      <a className="skip" href="#content">{t("skip")}</a>
      <Rail me={user} narrow={narrow} onNarrow={() => setNarrow(!narrow)} className="hide-phone" />
      <Drawer opened={open} onClose={drawer.close} size={240} padding={0} withCloseButton={false}>
        <Rail me={user} narrow={false} onPick={drawer.close} />
      </Drawer>
      <div className="main">
        <TopBar me={user} onMenu={drawer.open} />
        <LostBar />
        <main id="content" className="content" tabIndex={-1} style={{ outline: "none" }}>
          {kept ? <Navigate to={kept} replace /> : <Outlet />}
        </main>
      </div>
      <KeysHelp />
      <UploadMark />
      {user.must_change_password && <PasswordDialog opened must />}
    </div>
  );
}

/** ?tv=1: nothing but the page, and type that grows with the screen. */
function useTv(): void {
  const tv = useSearchParams()[0].get("tv") === "1";
  useEffect(() => {
    document.documentElement.dataset.tv = String(tv);
  }, [tv]);
}
