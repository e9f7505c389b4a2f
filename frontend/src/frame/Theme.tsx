import { ActionIcon, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { IconMoon, IconSun } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

/** From light to dark and back. */
export function Theme() {
  const { t } = useTranslation("frame");
  const { setColorScheme } = useMantineColorScheme();
  const now = useComputedColorScheme();
  const next = now === "dark" ? "light" : "dark";
  return (
    <ActionIcon onClick={() => setColorScheme(next)} aria-label={t(`theme.${next}`)}>
      {now === "dark" ? <IconSun size={20} stroke={1.6} /> : <IconMoon size={20} stroke={1.6} />}
    </ActionIcon>
  );
}
