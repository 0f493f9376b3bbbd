import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createZitadel, isUnavailable, privateKeyJwt, type Zitadel } from "../../src/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import { type Browser, type Page, startChromium, withoutChromium } from "./support/chromium.ts";
import { type RawRequest, send } from "./support/raw-http.ts";

describe("the page of the emulator", () => {
  let emulator: Emulator;
  before(async () => {
    emulator = await startEmulator();
  });
  after(() => emulator.close());

  /** The status of a request that a browser could send for another site. */
  async function ask(
    path: string,
    headers: Record<string, string>,
    request: Partial<RawRequest> = {},
  ): Promise<number> {
    return (await send(emulator.url, { httpVersion: "1.1", method: "GET", path, headers, ...request }))
      .status;
  }

  const json = { "content-type": "application/json" };
  const post = { method: "POST", body: '{"action":"revokeTokens"}' } as const;

  it("is served to this machine, by all of its names", async () => {
    const { port, origin } = new URL(emulator.url);
    for (const name of ["localhost", "127.0.0.1", "[::1]"]) {
      assert.equal(await ask("/emulator", { host: `${name}:${port}` }), 200);
    }
    assert.equal(await ask("/emulator/actions", { ...json, origin, host: `localhost:${port}` }, post), 200);
    assert.equal(await ask("/emulator", {}, { httpVersion: "2" }), 200);
  });

  it("is not served to names that another site resolves to this machine (DNS rebinding)", async () => {
    for (const host of ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80"]) {
      for (const path of ["/emulator", "/emulator/data"]) assert.equal(await ask(path, { host }), 403, host);
    }
  });

  it("accepts nothing from other origins and sites (CSRF)", async () => {
    const { host, port } = new URL(emulator.url);
    const foreign = [
      { origin: "https://evil.example" },
      { origin: "null" },
      { origin: `http://localhost:${Number(port) + 1}` },
      { origin: `https://localhost:${port}` },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
    ];
    for (const one of foreign) {
      const headers = Object.fromEntries(
        Object.entries({ ...json, ...one, host }).filter(([, value]) => value),
      );
      assert.equal(await ask("/emulator/data", headers), 403, JSON.stringify(one));
      assert.equal(await ask("/emulator/actions", headers, post), 403, JSON.stringify(one));
    }
    // What a form sends, and a script without a preflight request.
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
      assert.equal(await ask("/emulator/actions", { host, "content-type": type }, post), 415);
    }
  });

  it("reports an unknown action, and keeps working", async () => {
    const { host } = new URL(emulator.url);
    for (const body of ["{", "null", '{"action":"toString"}']) {
      assert.equal(await ask("/emulator/actions", { ...json, host }, { method: "POST", body }), 400, body);
    }
  });

  it("shows no secret of a request that is not a call, whatever its form", async () => {
    const bodies = [
      ["application/json", '{"password":"a-secret"}'],
      ["application/json", '{"password":"a-secret"'],
      ["application/json", '{"tokens":["a-secret",{"a":"a-secret"}]}'],
      ["application/x-www-form-urlencoded", "client_secret=a-secret"],
      ["text/yaml", "a-secret"],
      ["", "a-secret"],
    ];
    for (const [type = "", body] of bodies) {
      await ask("/nowhere", { "content-type": type }, { method: "POST", body });
    }
    const { body } = await send(emulator.url, { httpVersion: "1.1", method: "GET", path: "/emulator/data" });
    assert.match(body.toString(), /POST \/nowhere/);
    assert.doesNotMatch(body.toString(), /a-secret/);
  });

  it("shows no secret", async () => {
    await using zitadel = createZitadel({
      url: emulator.url,
      auth: privateKeyJwt({ key: emulator.serviceUser.keyFile }),
    });
    const { userId } = emulator.serviceUser;
    const { clientSecret } = await zitadel.user.v2.addSecret({ userId });
    const { token } = await zitadel.getAccessToken();
    const { body } = await send(emulator.url, { httpVersion: "1.1", method: "GET", path: "/emulator/data" });
    const text = body.toString();
    assert.match(text, /AddSecret/);
    for (const secret of [
      clientSecret,
      token,
      emulator.serviceUser.token,
      emulator.serviceUser.clientSecret,
    ]) {
      assert.ok(!text.includes(secret) && !text.includes(encodeURIComponent(secret)));
    }
    assert.doesNotMatch(text, /eyJ[\w-]{20}/);
  });

  describe("in a browser", { skip: withoutChromium }, () => {
    let browser: Browser;
    let page: Page;
    let zitadel: Zitadel;
    const errors: string[] = [];
    before(async () => {
      browser = await startChromium();
      page = await browser.newPage();
      page.on("pageerror", (error) => errors.push(String(error)));
      page.on("console", (message) => {
        if (message.type() === "error") errors.push(message.text());
      });
      await page.goto(`${emulator.url}/emulator`);
      zitadel = connect();
    });
    after(async () => {
      await zitadel.close();
      await browser.close();
    });

    function connect(): Zitadel {
      const auth = privateKeyJwt({ key: emulator.serviceUser.keyFile });
      return createZitadel({ url: emulator.url, auth, retry: { maxAttempts: 1 } });
    }

    const shows = (text: string) =>
      page.waitForFunction(`document.body.innerText.includes(${JSON.stringify(text)})`);
    const settled = () => page.waitForNetworkIdle({ idleTime: 100 });

    async function press(action: string): Promise<void> {
      await page.focus(`button[data-action=${action}]`);
      await page.keyboard.press("Enter");
      await settled();
    }

    it("shows calls with their callers as they come, and the objects", async () => {
      await zitadel.org.v2.addOrganization({ name: "<b>Acme</b>" });
      await shows("org.v2.OrganizationService/AddOrganization");
      await shows("<b>Acme</b>");
      await page.focus("summary");
      await page.keyboard.press("Enter");
      await shows('"name": "<b>Acme</b>"');
      await shows("service-user");
    });

    it("can be used by keyboard for what tests do by code", async () => {
      for (const action of ["revokeTokens", "expireTokens", "advanceDay"]) {
        await using client = connect();
        await client.auth.v1.getMyUser();
        const tokens = () => emulator.requests.filter(({ path }) => path === "/oauth/v2/token").length;
        const before = tokens();
        await press(action);
        await client.auth.v1.getMyUser();
        assert.ok(tokens() > before, action);
      }
      await press("failNext");
      await assert.rejects(zitadel.auth.v1.getMyUser(), isUnavailable);
      await press("cutConnections");
      await zitadel.auth.v1.getMyUser();
      await press("reset");
      await page.waitForFunction('!document.body.innerText.includes("<b>Acme</b>")');
    });

    it("moves between requests by the arrow keys, and filters them", async () => {
      await using client = connect();
      await client.org.v2.addOrganization({ name: "Arrow" });
      await shows("AddOrganization");
      await page.focus("#filter");
      await page.keyboard.type("addorg");
      assert.equal(await page.evaluate('document.querySelectorAll("details:not([hidden])").length'), 1);
      for (let i = 0; i < 6; i++) await page.keyboard.press("Backspace");
      await page.focus("summary");
      await page.keyboard.press("ArrowDown");
      const place = '[...document.querySelectorAll("summary")].indexOf(document.activeElement)';
      assert.equal(await page.evaluate(place), 1);
    });

    it("has a dark mode, and no error", async () => {
      const background = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
      assert.equal(await background(), "rgb(255, 255, 255)");
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
      assert.equal(await background(), "rgb(22, 25, 29)");
      assert.deepEqual(errors, []);
    });
  });
});
