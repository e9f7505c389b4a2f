/** Mantine's theme: one accent, neutral greys, an 8-px grid, 6-px corners; colour is kept for state. */

import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

const indigo: MantineColorsTuple = [
  "#eef0ff", "#dfe2fd", "#c0c5f7", "#9fa6f1", "#828bec",
  "#6b74e6", "#5a61de", "#4a4fc8", "#3f43ad", "#31348a",
];
const gray: MantineColorsTuple = [
  "#f6f7f9", "#eceef2", "#e1e4ea", "#cfd4dc", "#aeb6c2",
  "#868f9e", "#5b6472", "#454d59", "#2c323c", "#171a21",
];
const dark: MantineColorsTuple = [
  "#e6e8ec", "#bcc2cd", "#9aa3b2", "#6f7887", "#3b424e",
  "#2a2f38", "#1e222a", "#171a20", "#101216", "#0a0b0e",
];

const fonts =
  '"Inter Variable", "Noto Sans SC", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", system-ui, sans-serif';
const small = { defaultProps: { size: "sm" } };

export const theme = createTheme({
  primaryColor: "indigo",
  primaryShade: { light: 7, dark: 6 },
  colors: { indigo, gray, dark },
  fontFamily: fonts,
  headings: {
    fontFamily: fonts,
    fontWeight: "600",
    sizes: {
      h1: { fontSize: "20px", lineHeight: "28px" },
      h2: { fontSize: "16px", lineHeight: "24px" },
      h3: { fontSize: "14px", lineHeight: "20px" },
    },
  },
  fontSizes: { xs: "12px", sm: "14px", md: "16px", lg: "20px", xl: "28px" },
  lineHeights: { xs: "1.35", sm: "1.45", md: "1.5", lg: "1.4", xl: "1.25" },
  spacing: { xs: "4px", sm: "8px", md: "16px", lg: "24px", xl: "32px" },
  radius: { xs: "3px", sm: "4px", md: "6px", lg: "8px", xl: "12px" },
  defaultRadius: "md",
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
  shadows: { xs: "none", sm: "none", md: "0 4px 16px rgb(10 12 18 / 12%)" },
  components: {
    Button: small,
    TextInput: small,
    PasswordInput: small,
    NumberInput: small,
    Select: small,
    Textarea: small,
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray", size: "lg" } },
    Tooltip: { defaultProps: { openDelay: 250, transitionProps: { duration: 100 }, multiline: true } },
    Modal: { defaultProps: { centered: true, transitionProps: { duration: 120 } } },
    Table: { defaultProps: { horizontalSpacing: 12 } },
    Menu: { defaultProps: { shadow: "md", transitionProps: { duration: 100 } } },
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#ffffff",
    "--mantine-color-text": "#171a21",
    "--mantine-color-dimmed": "#5b6472",
    "--mantine-color-default-border": "#dcdfe6",
  },
  dark: {
    "--mantine-color-body": "#171a20",
    "--mantine-color-text": "#e6e8ec",
    "--mantine-color-dimmed": "#9aa3b2",
    "--mantine-color-default-border": "#2d333d",
  },
});
