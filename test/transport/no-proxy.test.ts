import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, it } from "node:test";
import { inspect, promisify } from "node:util";
import fc from "fast-check";
import { DialError } from "../../src/transport/dial/dial-error.ts";
import { isExcepted, proxyFor } from "../../src/transport/dial/proxy.ts";

/** What bypasses the proxy, and which of the two models (curl, Go) differs. */
const TABLE: readonly (readonly [
  noProxy: string,
  url: string,
  direct: boolean,
  differs?: "curl" | "Go" | "both",
])[] = [
  ["example.com", "http://example.com", true],
  ["example.com", "http://a.b.example.com", true],
  ["example.com", "http://notexample.com", false],
  ["example.com", "http://example.com.evil.test", false],
  ["EXAMPLE.com", "http://eXample.COM", true],
  ["a.example.com", "http://example.com", false],
  ["com", "http://example.com", true],
  [".example.com", "http://a.example.com", true],
  [".example.com", "http://example.com", false, "curl"],
  ["*.example.com", "http://a.example.com", true, "curl"],
  ["*.example.com", "http://example.com", false],
  ["a.*.com", "http://a.example.com", false],
  ["example.com.", "http://example.com", true, "Go"],
  ["example.com", "http://example.com.", true, "Go"],
  ["münchen.de", "http://www.xn--mnchen-3ya.de", true, "curl"],
  ["*", "http://example.com", true],
  ["*", "http://[fd00::1]:8080", true],
  ["a, *", "http://example.com", true, "curl"],
  ["", "http://example.com", false],
  [" , ,", "http://example.com", false],
  ["a.test,example.com,b.test", "http://example.com", true],
  ["a.test ,\texample.com", "http://example.com", true],
  ["a.test example.com", "http://example.com", true, "Go"],
  ["example.com:80", "http://example.com", true, "curl"],
  ["example.com:443", "https://a.example.com", true, "curl"],
  ["example.com:8080", "http://example.com", false],
  ["example.com", "http://example.com:8080", true],
  [":80", "http://example.com", false],
  ["10.1.2.3", "http://10.1.2.3:8080", true],
  ["10.1.2.3", "http://10.1.2.33", false],
  ["10.1.2.3:80", "http://10.1.2.3", true, "curl"],
  ["10.1.2.3:81", "http://10.1.2.3", false],
  ["2.3", "http://10.1.2.3", false],
  [".1.2.3", "http://10.1.2.3", false],
  ["10.0.0.0/8", "http://10.1.2.3", true],
  ["10.9.9.9/8", "http://10.1.2.3", true],
  ["10.0.0.0/16", "http://10.1.2.3", false],
  ["0.0.0.0/0", "http://10.1.2.3", true, "curl"],
  ["10.1.2.3/33", "http://10.1.2.3", false],
  ["10.0.0.0/8", "http://ten.example", false],
  ["::1", "http://[::1]", true],
  ["0:0::1", "http://[::1]", true, "curl"],
  ["[::1]", "http://[::1]", true, "both"],
  ["[::1]:8080", "http://[::1]:8080", true, "curl"],
  ["[::1]:8080", "http://[::1]", false],
  ["fd00::/8", "http://[fd12::1]", true, "curl"],
  ["fd00::/8", "http://[fe80::1]", false],
  ["::/0", "http://10.1.2.3", false],
  ["other.test", "http://localhost", false, "Go"],
  ["localhost", "http://localhost:8080", true],
];

const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,5}[a-z0-9])?$/);
const name = fc.array(label, { minLength: 2, maxLength: 4 }).map((labels) => labels.join("."));
const separator = fc.constantFrom(",", " ", ", ", " ,\t");

describe("NO_PROXY", () => {
  for (const [noProxy, url, direct] of TABLE) {
    it(`${direct ? "exempts" : "does not exempt"} ${url} by "${noProxy}"`, () => {
      assert.equal(isExcepted(new URL(url), noProxy), direct);
    });
  }

  it("exempts a host and its subdomains, wherever the host is in the list", () => {
    fc.assert(
      fc.property(name, fc.array(name), fc.array(name), separator, (host, before, after, comma) => {
        const list = [...before, host, ...after].join(comma);
        assert.ok(isExcepted(new URL(`https://${host}`), list));
        assert.ok(isExcepted(new URL(`https://below.${host}`), list.toUpperCase()));
        assert.ok(!isExcepted(new URL(`https://x${host}`), host));
      }),
    );
  });

  it("exempts an address by exactly the blocks that contain it", () => {
    const byte = fc.nat(255);
    const address = fc.tuple(byte, byte, byte, byte);
    const toNumber = (bytes: readonly number[]) => bytes.reduce((sum, one) => sum * 256 + one, 0);
    fc.assert(
      fc.property(address, address, fc.nat(32), fc.boolean(), (one, other, bits, near) => {
        const block = near ? [...one.slice(0, 2), ...other.slice(2)] : other;
        const size = 2 ** (32 - bits);
        const inside = Math.floor(toNumber(one) / size) === Math.floor(toNumber(block) / size);
        const url = new URL(`http://${one.join(".")}`);
        assert.equal(isExcepted(url, `${block.join(".")}/${bits}`), inside);
      }),
    );
  });

  it("applies an entry with a port to that port only", () => {
    fc.assert(
      fc.property(fc.oneof(name, fc.ipV4()), fc.integer({ min: 1, max: 65535 }), (host, port) => {
        assert.ok(isExcepted(new URL(`http://${host}:${port}`), `${host}:${port}`));
        assert.ok(!isExcepted(new URL(`http://${host}:${port}`), `${host}:${(port % 65535) + 1}`));
      }),
    );
  });

  it("ignores whatever else is in the list", () => {
    fc.assert(
      fc.property(fc.string(), (noProxy) => {
        fc.pre(!noProxy.includes("*"));
        const url = new URL("https://zitadel.internal");
        assert.ok(!isExcepted(url, noProxy));
        assert.ok(isExcepted(url, `${noProxy},zitadel.internal`));
      }),
    );
  });

  it("routes like curl, except for the rows that differ", { skip: !hasCurl() }, async () => {
    const visited: string[] = [];
    await using proxy = await listen(() => visited.push("proxy"));
    await using server = await listen(() => visited.push("server"));
    // How curl differs depends on its version, too.
    const rows = TABLE.filter(
      ([, url, , differs]) => url.startsWith("http:") && !differs?.match(/curl|both/),
    );
    for (const [noProxy, url, direct] of rows) {
      visited.length = 0;
      const env = {
        http_proxy: proxy.address,
        no_proxy: noProxy,
        LC_ALL: "C.UTF-8",
        PATH: process.env["PATH"],
      };
      // Whatever the URL says, a request that bypasses the proxy goes to this server.
      const to = `::${server.address}`;
      await promisify(execFile)("curl", ["-q", "-s", "-m", "10", "--connect-to", to, url], { env }).catch(
        () => {},
      );
      assert.deepEqual(visited, [direct ? "server" : "proxy"], `"${noProxy}" ${url}`);
    }
  });
});

describe("the proxy of the environment", () => {
  const VARIABLES = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "REQUEST_METHOD"];
  const clear = () => {
    for (const one of VARIABLES.flatMap((upper) => [upper, upper.toLowerCase()])) delete process.env[one];
  };
  const set = (variables: Record<string, string>) => {
    clear();
    Object.assign(process.env, variables);
  };
  afterEach(clear);

  for (const [variables, origin, proxy] of [
    [{ HTTPS_PROXY: "http://a:1" }, "https://x.test", "http://a:1/"],
    [{ HTTPS_PROXY: "http://a:1" }, "http://x.test", undefined],
    [{ HTTP_PROXY: "http://a:1" }, "http://x.test", "http://a:1/"],
    [{ ALL_PROXY: "http://a:1" }, "https://x.test", "http://a:1/"],
    [{ ALL_PROXY: "http://b:1", https_proxy: "http://a:1" }, "https://x.test", "http://a:1/"],
    [{ HTTPS_PROXY: "http://b:1", https_proxy: "http://a:1" }, "https://x.test", "http://a:1/"],
    [{ HTTPS_PROXY: "http://a:1", https_proxy: "" }, "https://x.test", "http://a:1/"],
    [{ HTTPS_PROXY: "a:3128" }, "https://x.test", "http://a:3128/"],
    [{ HTTPS_PROXY: "ada:p%40ss@a:3128" }, "https://x.test", "http://ada:p%40ss@a:3128/"],
    [{ HTTPS_PROXY: "http://a:1", no_proxy: "x.test" }, "https://x.test", undefined],
    [{ HTTPS_PROXY: "socks5://a:1", no_proxy: "x.test" }, "https://x.test", undefined],
    [{ HTTPS_PROXY: "http://a:1", REQUEST_METHOD: "GET" }, "https://x.test", "http://a:1/"],
    [{}, "https://x.test", undefined],
  ] as const) {
    it(`is ${proxy} for ${origin} with ${JSON.stringify(variables)}`, () => {
      set(variables);
      assert.equal(proxyFor(origin, "environment")?.href, proxy);
    });
  }

  for (const [variables, origin, message] of [
    [
      { ALL_PROXY: "socks5://ada:hidden@a:1080" },
      "https://x.test",
      "ALL_PROXY is a URL of socks5; expected the URL of a proxy for HTTP, such as http://proxy.example:3128",
    ],
    [
      { https_proxy: "socks5h://ada:hidden@a:1080", ALL_PROXY: "http://a:1" },
      "https://x.test",
      "https_proxy is a URL of another scheme; expected the URL of a proxy for HTTP, such as http://proxy.example:3128",
    ],
    [
      { HTTPS_PROXY: "http://ada:hidden@:x" },
      "https://x.test",
      "HTTPS_PROXY is a URL that is not that of a proxy; expected the URL of a proxy for HTTP, such as http://proxy.example:3128",
    ],
    [
      { HTTPS_PROXY: "http://ada:hidden@a:1/proxy.pac" },
      "https://x.test",
      "HTTPS_PROXY is a URL with a path; expected the URL of a proxy for HTTP, such as http://proxy.example:3128",
    ],
    [
      { HTTP_PROXY: "http://ada:hidden@a:1", REQUEST_METHOD: "GET" },
      "http://x.test",
      "HTTP_PROXY is refused where REQUEST_METHOD is set (CGI): set the option proxy instead",
    ],
  ] as const) {
    it(`is refused permanently, without its value in the message: ${message}`, () => {
      set(variables);
      assert.throws(
        () => proxyFor(origin, "environment"),
        (error) => {
          assert.ok(error instanceof DialError);
          assert.equal(error.message, message);
          assert.doesNotMatch(inspect(error, { depth: 20, showHidden: true }), /hidden/);
          return true;
        },
      );
    });
  }
});

/** Whether curl is installed, in a version that supports blocks of addresses. */
function hasCurl(): boolean {
  const { stdout } = spawnSync("curl", ["--version"], { encoding: "utf8" });
  const [, major = 0, minor = 0] = /^curl (\d+)\.(\d+)/.exec(stdout ?? "") ?? [];
  return Number(major) > 7 || (Number(major) === 7 && Number(minor) >= 86);
}

/** A server on loopback with an empty response to everything, which counts its requests. */
async function listen(onRequest: () => void): Promise<{ address: string } & AsyncDisposable> {
  const server = http.createServer((_request, response) => {
    onRequest();
    response.writeHead(204, { connection: "close" }).end();
  });
  server.on("connect", (_request, socket) => {
    onRequest();
    socket.end("HTTP/1.1 503 Service Unavailable\r\n\r\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
