import { Loader } from "@mantine/core";
import { IconAlertTriangle, IconPlayerPause } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router-dom";
import { percent } from "../parts/format";
import { type Upload, useUploads } from "./store";
import { shareOf } from "./uploader";
import "./upload.css";

const place = ({ target }: Upload) => (target.kind === "import" ? `/datasets/${target.dataset}?tab=imports` : `/models/${target.model}`);

/** On every page: an upload is under way, or needs somebody. Leads to it. */
export function UploadMark() {
  const { t } = useTranslation("upload");
  const at = useLocation();
  const open = useUploads().filter(({ result }) => result === null);
  const one = open.find(({ queued }) => !queued) ?? open[0];
  if (!one || at.pathname === place(one).split("?")[0]) return null;
  const halted = one.error !== null || ["failed", "lost"].includes(one.progress.phase);
  const Sign = halted ? IconAlertTriangle : IconPlayerPause;
  const moving = !halted && one.progress.phase !== "paused";
  return (
    <Link className="upload-mark" to={place(one)} data-halted={halted} role="status">
      {moving ? <Loader size={14} color="indigo" /> : <Sign size={16} />}
      <span>{t(`phase.${one.error ? "failed" : one.progress.phase}`)} · {percent(shareOf(one.progress), 0)}</span>
    </Link>
  );
}
