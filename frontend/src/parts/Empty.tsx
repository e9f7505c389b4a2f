import { Stack, Text, ThemeIcon } from "@mantine/core";
import type { Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";

interface Props {
  title: string;
  text?: ReactNode;
  action?: ReactNode;
  icon?: Icon;
}

/** Nothing here yet: one sentence and the next step. */
export function Empty({ title, text, action, icon: Sign }: Props) {
  return (
    <div className="centre" style={{ minHeight: 280 }}>
      <Stack align="center" gap="sm" maw={440}>
        {Sign && (
          <ThemeIcon size={48} radius="xl" variant="light" color="gray">
            <Sign size={26} stroke={1.5} />
          </ThemeIcon>
        )}
        <Text fw={600} size="md">{title}</Text>
        {text && <Text size="sm" c="dimmed">{text}</Text>}
        {action}
      </Stack>
    </div>
  );
}
