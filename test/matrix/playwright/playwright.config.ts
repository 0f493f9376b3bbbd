import { defineConfig } from "@playwright/test";

const url = "http://localhost:8089";
process.env["ZITADEL_API_URL"] = url;
process.env["ZITADEL_KEY_FILE"] = "test-results/zitadel-key.json";

export default defineConfig({
  webServer: {
    command: "npx zitadel-connect emulator --port 8089 --key-file test-results/zitadel-key.json --json",
    url: `${url}/debug/ready`,
  },
});
