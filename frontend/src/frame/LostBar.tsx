import { Button } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { queryClient } from "../api/queries";
import { live, useLiveState } from "../live/useLive";
import { Time } from "../parts/Time";

const GRACE = 3000; // ms: a restart of the server is no news

/** The live connection is lost: what is on screen may be old. On the TV too. */
export function LostBar() {
  const { t } = useTranslation("frame");
  const lost = useLost();
  if (!lost) return null;
  const again = () => {
    live.retry();
    void queryClient.invalidateQueries();
  };
  return (
    <div className="lost-bar" role="alert">
      <IconPlugConnectedX size="1.5em" aria-hidden />
      <span>{t("lostBar.text")} {live.lastHeard > 0 && <>{t("lostBar.asOf")} <Time at={new Date(live.lastHeard).toISOString()} short named /></>}</span>
      <Button size="compact-sm" variant="white" onClick={again} className="hide-tv">{t("problem.again")}</Button>
    </div>
  );
}

/** Whether the connection has been away for longer than a moment. */
function useLost(): boolean {
  const away = useLiveState() !== "open";
  const [long, setLong] = useState(false);
  useEffect(() => {
    if (!away) return setLong(false);
    const timer = setTimeout(() => setLong(true), GRACE);
    return () => clearTimeout(timer);
  }, [away]);
  return away && long;
}
