import { MantineProvider, mergeThemeOverrides } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { RouterProvider } from "react-router-dom";
import { queryClient } from "./api/queries";
import { router } from "./routes";
import { cssVariables, theme } from "./theme/theme";

/** The theme with the words that Mantine's own buttons lack. */
function useTheme() {
  const { t } = useTranslation("frame");
  const dismiss = t("dismiss");
  return useMemo(() => {
    const named = { defaultProps: { closeButtonProps: { "aria-label": dismiss } } };
    return mergeThemeOverrides(theme, { components: { Modal: named, Drawer: named } });
  }, [dismiss]);
}

export function App() {
  return (
    <MantineProvider theme={useTheme()} defaultColorScheme="auto" cssVariablesResolver={cssVariables}>
      <QueryClientProvider client={queryClient}>
        <Notifications position="bottom-right" autoClose={6000} />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
