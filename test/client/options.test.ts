import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { readOptionComments } from "../../scripts/option-comments.ts";
import { root } from "../../scripts/pinned-api.ts";
import { personalAccessToken } from "../../src/auth/personal-access-token.ts";
import type { ZitadelOptions } from "../../src/client/client-options.ts";
import { createZitadel } from "../../src/client/pinned-client.ts";
import { resolveOptions } from "../../src/client/resolve-options.ts";
import { resolveConnectionOptions } from "../../src/transport/transport-options.ts";

const auth = personalAccessToken({ token: "a-token" });
const url = "https://acme.zitadel.cloud";

function assertInvalid(options: object, message: RegExp, env: NodeJS.ProcessEnv = {}): void {
  assert.throws(() => resolveOptions({ url, auth, ...options } as ZitadelOptions, env), {
    name: "TypeError",
    message,
  });
}

function resolveDefaults() {
  const headers = new Headers();
  return resolveConnectionOptions({ origin: url, protocol: "auto", httpVersion: "auto", headers, tls: {} });
}

describe("resolveOptions()", () => {
  it("has the defaults that the comments of the network's options say", () => {
    const documented = readOptionComments("src/transport/transport-options.ts", "ConnectionOptions");
    const defaults = documented.flatMap(({ option, byDefault = "" }) => {
      const [, number, unit] = /^([\d,]+)( [KM]iB)?$/.exec(byDefault) ?? [];
      if (number === undefined) return [];
      const scale = unit === " MiB" ? 2 ** 20 : unit === " KiB" ? 2 ** 10 : 1;
      return [[option, Number(number.replaceAll(",", "")) * scale] as const];
    });
    const resolved = resolveDefaults();
    assert.deepEqual(
      defaults,
      defaults.map(([name]) => [name, resolved[name as keyof typeof resolved]]),
    );
    assert.ok(defaults.length >= 8, defaults.join());
  });

  it("has the defaults that the first table of docs/networking.md says", () => {
    const table = readFileSync(join(root, "docs/networking.md"), "utf8").split("\n## ")[0] ?? "";
    const units: Record<string, number> = { s: 1000, min: 60_000, KiB: 2 ** 10, MiB: 2 ** 20 };
    const documented = [...table.matchAll(/^\| (`.+?`) \| (\d.*?) \|/gm)].flatMap(
      ([, names = "", values = ""]) =>
        names.split(", ").map((name, index) => {
          const [number, unit = ""] = (values.split(", ")[index] ?? "").split(" ");
          return [name.replaceAll("`", ""), Number(number) * (units[unit] ?? 1)] as const;
        }),
    );
    const { retry, ...others } = resolveDefaults();
    const actual: Record<string, unknown> = { ...others, retry: retry.maxAttempts };
    assert.deepEqual(
      documented,
      documented.map(([name]) => [name, actual[name]]),
    );
    assert.ok(documented.length >= 10, documented.join());
  });

  it("uses the URL of the option, or else of ZITADEL_API_URL", () => {
    const env = { ZITADEL_API_URL: "https://env.example.com:8443/" };
    assert.equal(resolveOptions({ url, auth }, env).origin, url);
    assert.equal(resolveOptions({ url: new URL(url), auth }, env).origin, url);
    assert.equal(resolveOptions({ auth }, env).origin, "https://env.example.com:8443");
  });

  it("removes a trailing slash and a default port from the URL", () => {
    assert.equal(resolveOptions({ url: `${url}:443/`, auth }, {}).origin, url);
  });

  it("reads the authentication method from the environment", () => {
    const { auth: fromEnv } = resolveOptions({ url }, { ZITADEL_SERVICE_USER_TOKEN: "a-token" });
    assert.equal(typeof fromEnv, "function");
  });

  it("names the variables that are set if there is no authentication method, or more than one", () => {
    assertInvalid({ auth: undefined }, /exactly one of ZITADEL_KEY_FILE, .*; set: none of them/);
    const env = { ZITADEL_KEY_FILE: "/a", ZITADEL_SERVICE_USER_TOKEN: "hush" };
    assertInvalid({ auth: undefined }, /set: ZITADEL_KEY_FILE, ZITADEL_SERVICE_USER_TOKEN$/, env);
  });

  it("refuses a missing URL, and one with more than an origin", () => {
    assertInvalid({ url: undefined }, /^url is not set, nor is ZITADEL_API_URL; expected an origin such as/);
    assertInvalid(
      { url: "acme.zitadel.cloud" },
      /^url is a host without a scheme; expected an origin .*: put https:\/\/ before it$/,
    );
    assertInvalid(
      { url: "ftp://acme.zitadel.cloud" },
      /^url is a URL with a scheme other than https; expected/,
    );
    assertInvalid({ url: `${url}/ui/console` }, /^url is a URL with a path; expected .*: leave it out$/);
    assertInvalid({ url: `${url}?a=b` }, /query or a fragment/);
    assertInvalid({ url: undefined }, /^ZITADEL_API_URL is a string; expected an origin/, {
      ZITADEL_API_URL: "nonsense",
    });
  });

  it("does not repeat credentials in the URL", () => {
    assert.throws(
      () => resolveOptions({ url: "https://me:hunter2@acme.zitadel.cloud", auth }, {}),
      (error: Error) =>
        /is a URL with a user name or password; expected .*: credentials go into the option auth/.test(
          error.message,
        ) && !/hunter2/.test(error.message),
    );
  });

  it("sends tokens over plain HTTP only to this machine, unless an option allows it", () => {
    const internal = "http://zitadel.internal:8080";
    assertInvalid(
      { url: internal },
      /to which tokens would travel in the clear; expected .*: use https, or set allowInsecureHttp/,
    );
    assert.equal(resolveOptions({ url: internal, auth, allowInsecureHttp: true }, {}).origin, internal);
    for (const host of ["localhost", "my.localhost", "127.0.0.1", "127.8.8.8", "[::1]"]) {
      assert.equal(resolveOptions({ url: `http://${host}:8080`, auth }, {}).origin, `http://${host}:8080`);
    }
    assertInvalid({ url: "http://localhost.example.com" }, /in the clear/);
    assertInvalid({ url: "http://127.0.0.1.example.com" }, /in the clear/);
  });

  it("names unknown options, and the known ones", () => {
    assertInvalid({ baseUrl: url, token: "hush" }, /^baseUrl is not an option; did you mean url\?$/);
  });

  it("refuses invalid values", () => {
    assertInvalid({ auth: "a-token" }, /^auth is a string; expected privateKeyJwt\(…\), /);
    assertInvalid(
      { protocol: "rest" },
      /^protocol is a string; expected one of "auto", "connect", "grpc", "grpc-web"$/,
    );
    assertInvalid({ httpVersion: "3" }, /^httpVersion is a string; expected one of "auto", "2", "1\.1"$/);
    assertInvalid(
      { httpVersion: "1.1", protocol: "grpc" },
      /^protocol is "grpc" together with httpVersion "1\.1"; expected "grpc-web", or httpVersion "2"$/,
    );
    assertInvalid({ timeoutMs: -1 }, /^timeoutMs is -1; expected milliseconds from 0 to 2147483647$/);
    assertInvalid({ pingIntervalMs: "20s" }, /^pingIntervalMs is a string; expected milliseconds/);
    assertInvalid({ organizationId: "" }, /^organizationId is an empty string; expected a non-empty string$/);
    assertInvalid(
      { instanceHost: "https://acme.example.com" },
      /^instanceHost is a URL; expected a host such as/,
    );
  });

  it("puts the application's product before this package's in the user agent", () => {
    const agent = (options: ZitadelOptions) =>
      resolveOptions({ url, auth, ...options }, {}).headers.get("user-agent");
    assert.match(agent({}) ?? "", /^zitadel-connect\/\d+\.\d+\.\d+ \(node\/\d+\.\d+\.\d+; \w+\)$/);
    assert.match(agent({ userAgent: "billing-sync/1.4" }) ?? "", /^billing-sync\/1\.4 zitadel-connect\//);
  });
});

describe("createZitadel()", () => {
  it("has no properties that a service's name could hide", async () => {
    const { CLIENT_MEMBERS } = await import("../../src/codegen/service-paths.ts");
    const own = Object.keys(createZitadel({ url, auth, services: {} }));
    assert.deepEqual(
      own.filter((name) => !CLIENT_MEMBERS.has(name)),
      [],
    );
  });

  it("has every service as a plain property, which a REPL completes without running code", () => {
    const zitadel = createZitadel({ url, auth });
    for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(zitadel))) {
      assert.equal(get, undefined, name);
    }
    assert.ok(Object.keys(zitadel.user.v2).includes("listUsers"));
    assert.equal(Object.keys(zitadel.management.v1).length, 296);
  });

  it("opens no connection and sets no timer until it is used", () => {
    const resources = () => process.getActiveResourcesInfo().filter((name) => /TCP|Timeout/.test(name));
    const before = resources();
    createZitadel({ url: "http://localhost:1", auth });
    assert.deepEqual(resources(), before);
  });
});
