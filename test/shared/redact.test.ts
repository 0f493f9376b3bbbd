import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { hideSecrets, redact } from "../../src/shared/redact.ts";

/** What RFC 6750 allows in a bearer token, at the lengths of tokens. */
const tokens = fc
  .array(fc.constantFrom(..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/="), {
    minLength: 20,
    maxLength: 300,
  })
  .map((characters) => characters.join(""));

const formEncode = (token: string): string => new URLSearchParams({ "": token }).toString().slice(1);
const escapeSymbols = (token: string, spell: (code: number) => string): string =>
  token.replaceAll(/\W/g, (symbol) => spell(symbol.charCodeAt(0)));

/** How servers and proxies encode what they were sent, character by character. */
const ESCAPES: Record<string, (token: string) => string> = {
  "as it is": (token) => token,
  "in capitals": (token) => token.toUpperCase(),
  "for a URL": encodeURIComponent,
  "for a URL, in lower case": (token) => escapeSymbols(token, (code) => `%${code.toString(16)}`),
  "for a URL, twice": (token) => encodeURIComponent(encodeURIComponent(token)),
  "for a form": formEncode,
  "for JSON, as PHP does": (token) => token.replaceAll("/", "\\/"),
  "for JSON, as Go does": (token) =>
    escapeSymbols(token, (code) => `\\u${code.toString(16).padStart(4, "0")}`),
  "for HTML": (token) => escapeSymbols(token, (code) => `&#${code};`),
  "for HTML, in hexadecimal": (token) => escapeSymbols(token, (code) => `&#x${code.toString(16)};`),
};

/** And as a whole. */
const ENCODINGS: Record<string, (token: string) => string> = {
  "in hexadecimal": (token) => Buffer.from(token).toString("hex"),
  "in Base64": (token) => Buffer.from(token).toString("base64"),
  "in Base64 for URLs": (token) => Buffer.from(token).toString("base64url"),
  "in Base64 with its scheme": (token) => Buffer.from(`Bearer ${token}`).toString("base64"),
  "in Base64 with a name": (token) => Buffer.from(`ci-bots:${token}`).toString("base64"),
};

const texts = fc.string({ maxLength: 40 });

describe("hideSecrets()", () => {
  for (const [how, spell] of Object.entries(ESCAPES)) {
    it(`hides a token that is echoed ${how}, and each piece of it of 12 characters or more`, () => {
      fc.assert(
        fc.property(tokens, fc.nat(), fc.nat(), (token, from, more) => {
          const start = from % (token.length - 12);
          const piece = token.slice(start, start + 12 + (more % token.length));
          assert.match(hideSecrets(`got ${spell(piece)} here`, [token]), /^got \\?\[redacted\] here$/);
        }),
      );
    });
  }

  for (const [how, encode] of Object.entries(ENCODINGS)) {
    it(`hides a token that is echoed ${how}, and each piece of that`, () => {
      fc.assert(
        fc.property(tokens, fc.nat(), (token, cut) => {
          const echo = encode(token).slice(0, 32 + cut);
          const left = hideSecrets(`got <${echo}> here`, [token]);
          // Up to 16 characters in Base64 may belong to what surrounds the token.
          assert.match(left, /^got <.{0,16}\[redacted\].{0,4}> here$/);
        }),
      );
    });
  }

  it("does not change texts that contain nothing of the secret", () => {
    fc.assert(
      fc.property(texts, (text) => {
        assert.equal(hideSecrets(text, ["0123456789abcdef0123456789abcdef"]), text);
      }),
    );
  });

  it("hides each echo once, and keeps what is around it", () => {
    const token = "tmUK3xB8qV-opaque_personal.access~token+1/2=";
    assert.equal(
      hideSecrets(`No route for "${token}" (token=${encodeURIComponent(token)}; see docs)`, [token]),
      `No route for "[redacted]" (token=[redacted]; see docs)`,
    );
  });

  it("keeps what is between pieces, and hides adjacent pieces once", () => {
    const token = "tmUK3xB8qV-opaque_personal.access~token+1/2=";
    const [first, second] = [token.slice(0, 12), token.slice(20, 32)];
    assert.equal(hideSecrets(`${first}:::${second}::`, [token]), "[redacted]:::[redacted]::");
    assert.equal(hideSecrets(`a%2D${first}...${second}%2D`, [token]), "a%2D[redacted]...[redacted]%2D");
    assert.equal(hideSecrets(`${second}${first}`, [token]), "[redacted]");
  });

  it("hides a secret with unusual characters, beside letters whose length changes in lower case", () => {
    const secret = "Pa§§word With Ümlauts";
    assert.equal(hideSecrets(`\u0130\u0130${secret}\u0130!`, [secret]), "\u0130\u0130[redacted]\u0130!");
    const word = "Pa§§word-With-Ümlauts";
    assert.equal(
      hideSecrets(`\u0130\u0130${word.toUpperCase()}\u0130!`, [word]),
      "\u0130\u0130[redacted]\u0130!",
    );
  });

  it("hides a secret of 12 characters within a word, but not a shorter one", () => {
    assert.equal(hideSecrets("xabcdefghijkly", ["abcdefghijkl"]), "x[redacted]y");
    assert.equal(hideSecrets("xabcdefghijky", ["abcdefghijk"]), "xabcdefghijky");
  });

  it("hides a short secret where it is a word, and one with spaces as a whole", () => {
    assert.equal(hideSecrets("token pat1, path: pat123", ["pat1"]), "token [redacted], path: pat123");
    assert.equal(hideSecrets("'a+b.c' (a%2Bb.c), a+bxc", ["a+b.c"]), "'[redacted]' ([redacted]), a+bxc");
    assert.equal(hideSecrets(" - ", [""]), " - ");
    assert.equal(hideSecrets("got 'open s e s a m e!'", ["open s e s a m e"]), "got '[redacted]!'");
    assert.equal(hideSecrets("nothing", ["", "\ud800", "not well-formed: \ud800"]), "nothing");
  });

  it("hides a long secret before a short one that is part of it", () => {
    const [long, short] = ["prefix-abcdefghijklmnop-suffix", "abcdefghijklmnop"];
    assert.equal(hideSecrets(`x ${long} y`, [short, long]), "x [redacted] y");
  });

  it("hides what looks like a secret even if it is unknown", () => {
    const key = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----";
    for (const [text, clean] of [
      ["Authorization: Bearer opaque-token-1", "Authorization: Bearer [redacted]"],
      ["authorization=Bearer%20opaque-token-1", "authorization=Bearer%20[redacted]"],
      ["Basic Y2ktYm90OnNlY3JldA== was wrong", "Basic [redacted] was wrong"],
      ["Bearer   opaque-token-1", "Bearer   [redacted]"],
      ["jwt eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.c2ln rejected", "jwt [redacted] rejected"],
      ["my-jwt-eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.c2ln rejected", "my-jwt-[redacted] rejected"],
      ["via http://ada:pass:word@proxy:3128 failed", "via http://ada:[redacted]@proxy:3128 failed"],
      ["via http://:password@proxy:3128 and ada@proxy", "via http://:[redacted]@proxy:3128 and ada@proxy"],
      [`read ${key}!`, "read [redacted]!"],
      [`read ${key.slice(0, 40)}`, "read [redacted]"],
    ] as const) {
      assert.equal(hideSecrets(text), clean);
    }
  });
});

describe("redact()", () => {
  it("makes one line of at most 300 characters", () => {
    assert.equal(redact(" a\r\n\tb\u0000c ", []), "a b c");
    assert.equal(redact("x".repeat(300), []), "x".repeat(300));
    assert.equal(redact("x".repeat(301), []), `${"x".repeat(300)}…`);
  });
});
