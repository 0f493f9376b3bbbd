import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AuthError, type AuthErrorCode } from "../../src/auth/auth-error.ts";
import { INTROSPECTION_ENDPOINT, parseToken } from "../../src/auth/token-endpoint/endpoint.ts";
import { isSameIssuer, parseDiscovery } from "../../src/auth/token-endpoint/issuer.ts";
import {
  isSuccess,
  type ResponseContext,
  toAuthError,
} from "../../src/auth/token-endpoint/response-error.ts";
import type { HttpResponse } from "../../src/shared/http-client.ts";

const NOW = Date.UTC(2026, 0, 1);
const FIRST: ResponseContext = {
  endpoint: "https://acme.example/oauth/v2/token",
  action: "Token request",
  secrets: ["a-secret-of-the-request"],
  hasWorked: false,
  hasAssertion: true,
};
const LATER = { ...FIRST, hasWorked: true };

function respond(status: number, body: unknown = "", type = "application/json"): HttpResponse {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { status, headers: new Headers({ "content-type": type }), text };
}

const plain = (status: number, text: string): HttpResponse =>
  respond(status, text, "text/plain; charset=utf-8");

/** A refusal, and what its error says of it. The rest of the error must be empty. */
interface Case {
  readonly response: HttpResponse;
  readonly code: AuthErrorCode;
  readonly description?: string;
  readonly oauthError?: string;
  /** Whether it may pass: of the first request with a credential, and once one has worked. Default: by the code. */
  readonly passes?: readonly [first: boolean | "within 5 s", later: boolean];
}

const CASES: readonly Case[] = [
  { response: respond(300), code: "redirected" },
  { response: respond(302, { error: "invalid_client" }), code: "redirected" },
  { response: respond(399), code: "redirected" },
  {
    response: respond(400, { error: "invalid_scope", error_description: "no such scope" }),
    code: "invalid_scope",
    oauthError: "invalid_scope",
    description: "no such scope",
  },
  { response: respond(401, { error: "of the future" }), code: "refused", oauthError: "[redacted]" },
  { response: respond(401, { error: "x".repeat(101) }), code: "refused", oauthError: "[redacted]" },
  { response: respond(400, { error: "new.error:1/2" }), code: "refused", oauthError: "new.error:1/2" },
  {
    response: respond(400, { error: "invalid_grant", error_description: " " }),
    code: "invalid_grant",
    oauthError: "invalid_grant",
  },
  {
    response: respond(400, { error: "invalid_grant", error_description: 7 }),
    code: "invalid_grant",
    oauthError: "invalid_grant",
  },
  {
    response: respond(400, { error: "invalid_grant", error_description: " <b>no</b>" }),
    code: "invalid_grant",
    oauthError: "invalid_grant",
  },
  {
    response: respond(400, { error: "invalid_grant", error_description: "no a-secret-of-the-request>" }),
    code: "invalid_grant",
    oauthError: "invalid_grant",
    description: "no [redacted]>",
  },
  { response: respond(400, { error: 7 }), code: "bad_response" },
  { response: respond(404, { code: 5 }), code: "bad_response" },
  { response: respond(408), code: "server_error" },
  { response: respond(500, "no database"), code: "server_error", description: "no database" },
  {
    response: respond(500, { error: "server_error" }),
    code: "server_error",
    oauthError: "server_error",
    passes: ["within 5 s", true],
  },
  {
    response: respond(400, { error: "temporarily_unavailable" }),
    code: "server_error",
    oauthError: "temporarily_unavailable",
    passes: ["within 5 s", true],
  },
  { response: respond(429), code: "rate_limited" },
  { response: plain(429, "slow down"), code: "rate_limited", description: "slow down" },
  {
    response: respond(429, "your address is blocked", "text/html"),
    code: "rate_limited",
    description: "your address is blocked",
  },
  {
    response: plain(429, "instance is blocked"),
    code: "instance_blocked",
    description: "instance is blocked",
  },
  { response: plain(404, "Instance not found"), code: "unknown_instance", description: "Instance not found" },
  {
    response: plain(404, "not found"),
    code: "bad_response",
    description: "not found",
    passes: [false, true],
  },
  {
    response: plain(400, "Instance not found"),
    code: "bad_response",
    description: "Instance not found",
    passes: [false, true],
  },
  {
    response: respond(404, "no instance", "text/html"),
    code: "bad_response",
    description: "no instance",
    passes: [false, true],
  },
  {
    response: respond(403, " <html>instance</html>", "text/html"),
    code: "bad_response",
    passes: [false, true],
  },
  { response: respond(403, " "), code: "bad_response", passes: [false, true] },
  {
    response: { status: 403, headers: new Headers(), text: "denied" },
    code: "bad_response",
    description: "denied",
    passes: [false, true],
  },
];

describe("a refusal by an endpoint", () => {
  for (const { response, code, description, oauthError, passes } of CASES) {
    const { status, headers, text } = response;
    it(`with ${status}, ${headers.get("content-type")} and ${JSON.stringify(text.slice(0, 60))} is ${code}`, () => {
      for (const [index, context] of [FIRST, LATER].entries()) {
        const error = toAuthError(response, context, NOW);
        const byCode = new AuthError({ code, summary: "" }).retryable;
        const expected = passes?.[index] ?? byCode;
        assert.deepEqual(
          [error.code, error.description, error.oauthError, error.retryable, error.maxWaitMs],
          [code, description, oauthError, expected !== false, expected === "within 5 s" ? 5_000 : undefined],
        );
        assert.deepEqual([error.status, error.endpoint], [status, FIRST.endpoint]);
        assert.ok(
          error.message.startsWith(`Token request to ${FIRST.endpoint} was refused with HTTP ${status}`),
        );
      }
    });
  }

  it("has a hint of the method, unless something in front of the server has failed", () => {
    const hints = {
      invalid_grant: ({ description = "" }) => `About ${description}.`,
      bad_response: "Odd.",
      server_error: "Of it.",
    };
    const hint = (response: HttpResponse) => toAuthError(response, { ...FIRST, hints }, NOW).hint;
    assert.equal(hint(respond(400, { error: "invalid_grant", error_description: "it" })), "About it.");
    assert.equal(hint(respond(500, { error: "server_error" })), "Of it.");
    assert.notEqual(hint(respond(503)), "Of it.");
    assert.equal(hint(respond(403)), "Odd.");
    assert.match(hint(respond(400, { error: "invalid_client" })), /^Check the client id/);
  });
});

/** The text of the error of something, without what is the same in all. */
function findRefusal(parse: () => unknown): string {
  try {
    return `none: ${JSON.stringify(parse())}`;
  } catch (error) {
    assert.ok(error instanceof AuthError, String(error));
    assert.equal(error.code, "bad_response");
    return /HTTP 200 and (.*) \[bad_response\]/.exec(error.message)?.[1] ?? error.message;
  }
}

describe("a successful response of the token endpoint", () => {
  const token = { access_token: "a", token_type: "Bearer" };
  for (const [body, outcome] of [
    [token, 'none: {"token":"a"}'],
    [{ ...token, expires_in: " 60 " }, 'none: {"token":"a","expiresInMs":60000}'],
    [{ ...token, expires_in: "" }, 'none: {"token":"a"}'],
    [{ ...token, expires_in: " " }, 'none: {"token":"a"}'],
    [{ ...token, expires_in: true }, 'none: {"token":"a"}'],
    [{ ...token, expires_in: [60] }, 'none: {"token":"a"}'],
    [{ ...token, expires_in: 0 }, "a token that has already expired"],
    [{ ...token, access_token: "" }, "no access_token"],
    [{ ...token, access_token: ["a"] }, "no access_token"],
    [{ ...token, access_token: " a" }, "an access_token with odd characters"],
    [{ ...token, access_token: "a " }, "an access_token with odd characters"],
    [{ ...token, token_type: ["bearer"] }, "a token_type other than Bearer"],
    [{ ...token, token_type: "DPoP" }, "a token_type other than Bearer"],
    [" ", "an empty body"],
    [" <html>", "a page of HTML"],
    ["html>", "a body that is not a JSON object"],
    ["[]", "a body that is not a JSON object"],
    ["null", "a body that is not a JSON object"],
    ["7", "a body that is not a JSON object"],
  ] as const) {
    it(`of ${JSON.stringify(body)} gives ${outcome}`, () => {
      assert.equal(
        findRefusal(() => parseToken(respond(200, body), FIRST)),
        outcome,
      );
    });
  }

  it("has a status of 2xx", () => {
    const statuses = [199, 200, 299, 300];
    assert.deepEqual(
      statuses.map((status) => isSuccess(respond(status))),
      [false, true, true, false],
    );
  });
});

describe("a response to introspection", () => {
  it("says whether the token is active, by true or false", () => {
    const parse = (body: object) =>
      findRefusal(() => INTROSPECTION_ENDPOINT.parse(respond(200, body), FIRST));
    assert.equal(parse({ active: false, sub: "1" }), 'none: {"active":false,"sub":"1"}');
    for (const active of [undefined, "true", 1, null]) {
      assert.equal(parse({ active }), 'no "active" that is true or false');
    }
  });
});

describe("a discovery document", () => {
  const origin = "http://zitadel:8080";
  const document = {
    issuer: "https://acme.example",
    token_endpoint: "https://acme.example/token",
    introspection_endpoint: "https://acme.example/introspect",
    jwks_uri: "https://acme.example/keys",
  };
  const parse = (body: object) => parseDiscovery(respond(200, body), FIRST, origin);

  it("gives the issuer as it is spelled, and the paths of endpoints, on the client's own origin", () => {
    const found = parse(document);
    assert.deepEqual(found, {
      issuer: "https://acme.example",
      tokenEndpoint: `${origin}/token`,
      introspectionEndpoint: `${origin}/introspect`,
      jwksUri: `${origin}/keys`,
    });
    const { introspection_endpoint: _, ...less } = document;
    const usual = parse({ ...less, jwks_uri: ["https://acme.example/keys"] });
    assert.deepEqual(
      [usual.introspectionEndpoint, usual.jwksUri],
      [`${origin}/oauth/v2/introspect`, `${origin}/oauth/v2/keys`],
    );
    assert.equal(parse({ ...document, jwks_uri: "keys" }).jwksUri, `${origin}/oauth/v2/keys`);
    assert.equal(isSameIssuer(found, parse(document)), true);
    for (const name of Object.keys(document)) {
      assert.equal(
        isSameIssuer(found, parse({ ...document, [name]: "https://acme.example/other" })),
        false,
        name,
      );
    }
  });

  it("without an issuer on one line, or a token endpoint, is refused", () => {
    for (const issuer of [undefined, 7, "", "https://acme.example\n", "https://acme.example\u0007"]) {
      assert.equal(
        findRefusal(() => parse({ ...document, issuer })),
        "no issuer",
      );
    }
    for (const url of [undefined, ["https://acme.example/token"], "/token"]) {
      assert.equal(
        findRefusal(() => parse({ ...document, token_endpoint: url })),
        "no token_endpoint that is a URL",
      );
    }
  });
});
