import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, it } from "node:test";
import { clientCredentials, createZitadel } from "zitadel-connect";
import { type Application, type Emulator, type ServiceUser, startEmulator } from "zitadel-connect/testing";
import { root } from "../../scripts/pinned-api.ts";

for (const framework of ["express", "fastify"]) {
  describe(`the example of a service on ${framework}`, () => {
    let emulator: Emulator;
    let application: Application;
    let bot: ServiceUser;
    let service: ChildProcess;
    let url: string;

    before(async () => {
      emulator = await startEmulator();
      const { projectId } = emulator.createProject({ roles: ["reader"] });
      application = await emulator.createApplication({ projectId });
      bot = await emulator.createServiceUser({ username: "bot" });
      emulator.createAuthorization({ userId: bot.userId, projectId, roles: ["reader"] });
      service = spawn(process.execPath, [join(root, `examples/protect-${framework}.ts`)], {
        stdio: ["ignore", "pipe", "ignore"],
        env: {
          ...process.env,
          PORT: "0",
          ZITADEL_API_URL: emulator.url,
          ZITADEL_PROJECT_ID: projectId,
          ZITADEL_INTROSPECTION_KEY: application.keyFile,
        },
      });
      const [line] = await once(createInterface({ input: service.stdout ?? process.stdin }), "line");
      url = /^Listening on (http:\S+)$/.exec(String(line))?.[1] ?? "";
    });
    after(async () => {
      const ended = once(service, "exit");
      service.kill("SIGTERM");
      assert.deepEqual(await ended, [0, null]);
      await emulator.close();
    });

    it("accepts a client of this package that requests its tokens for the project", async () => {
      const { clientId, clientSecret } = bot;
      const projectIds = [application.projectId];
      const auth = clientCredentials({ clientId, clientSecret, projectIds });
      await using zitadel = createZitadel({ url: emulator.url, auth });
      const { token } = await zitadel.getAccessToken();
      const get = (path: string) =>
        fetch(new URL(path, url), { headers: { authorization: `Bearer ${token}` } });
      const me = (await (await get("/me")).json()) as { subject: string };
      assert.equal(me.subject, bot.userId);
      assert.equal((await get(`/organizations/${bot.organizationId}/orders`)).status, 200);
      const other = await get("/organizations/4711/orders");
      assert.equal(other.status, 403);
      assert.match(other.headers.get("www-authenticate") ?? "", /insufficient_scope/);
    });

    it("refuses everybody else, and says what is required", async () => {
      const none = await fetch(new URL("/me", url));
      assert.deepEqual([none.status, none.headers.get("www-authenticate")], [401, 'Bearer realm="api"']);
      const wrong = await fetch(new URL("/me", url), { headers: { authorization: "Bearer wrong" } });
      assert.equal(wrong.status, 401);
      assert.doesNotMatch(await wrong.text(), /\.ts:/);
    });
  });
}
