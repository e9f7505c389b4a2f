import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// In development the API and the live socket are passed on to a running `manage.py up`.
const backend = process.env.KIZU_BACKEND ?? "http://127.0.0.1:8000";
const passOn = {
  "/api": backend,
  "/healthz": backend,
  "/readyz": backend,
  "/ws": { target: backend, ws: true },
};

export default defineConfig({
  base: "/static/",
  plugins: [react()],
  build: { outDir: "dist", target: "es2022", chunkSizeWarningLimit: 700 },
  server: { proxy: passOn },
  preview: { proxy: passOn },
  test: {
    environment: "jsdom",
    setupFiles: ["src/test-setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
  },
});
