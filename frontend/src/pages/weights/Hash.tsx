import { ActionIcon, CopyButton, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

/** The beginning of a hash, and all of it on the clipboard. */
export function Hash({ of }: { of: string }) {
  const { t } = useTranslation("frame");
  return (
    <span className="hash">
      <code className="small" title={of}>{of.slice(0, 12)}</code>
      <CopyButton value={of}>
        {({ copied, copy }) => (
          <Tooltip label={t(copied ? "copied" : "copy")}>
            <ActionIcon size="sm" variant="subtle" color="gray" onClick={copy} aria-label={`${t("copy")} SHA-256`}>
              {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </span>
  );
}
