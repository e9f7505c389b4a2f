import "@fontsource-variable/inter/index.css";
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./theme/base.css";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { startLanguage } from "./i18n";

const root = document.getElementById("root");
if (root) void startLanguage().then(() => createRoot(root).render(<App />));
