import { Alert, Stack, Text, TextInput } from "@mantine/core";
import { IconShieldCheck, IconShieldQuestion } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { AllowedPickle } from "../../api/types";

interface Vouched { typed: string; note: string }
interface Props { sha256: string | null; known: AllowedPickle | undefined; value: Vouched; onChange: (value: Vouched) => void; error?: string }

/** A pickle can hold a program: the publisher's hash is typed, and compared with the file's own.
 *
 * The file's own is not shown before: a hash copied from the file proves nothing. */
export function Vouch({ sha256, known, value, onChange, error }: Props) {
  const { t } = useTranslation("weights");
  if (sha256 && known) {
    return <Alert color="gray" variant="light" icon={<IconShieldCheck size={18} color="var(--ok)" />}><Text size="sm">{t("knownAs", { note: known.note, by: known.created_by })}</Text></Alert>;
  }
  const typed = value.typed.trim().toLowerCase();
  const odd = typed !== "" && !/^[0-9a-f]{64}$/.test(typed) ? t("notAHash") : null;
  const other = !odd && typed !== "" && sha256 !== null && typed !== sha256 ? t("otherHash") : null;
  const same = sha256 !== null && typed === sha256;
  return (
    <Alert color="orange" variant="light" icon={<IconShieldQuestion size={18} />} title={t("pickleTitle")}>
      <Stack gap="sm">
        <Text size="sm">{t("pickleText")}</Text>
        <TextInput label={t("typed")} description={t("typedMore")} value={value.typed} onChange={(event) => onChange({ ...value, typed: event.currentTarget.value })} className="mono" error={other ?? (typed.length >= 64 ? odd : null)} required
          rightSection={same ? <IconShieldCheck size={18} color="var(--ok)" aria-label={t("sameHash")} /> : null} />
        <TextInput label={t("whoSays")} description={t("whoSaysMore")} value={value.note} onChange={(event) => onChange({ ...value, note: event.currentTarget.value })} required maxLength={500} error={error} />
      </Stack>
    </Alert>
  );
}
