import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Code, ConnectError, createContextValues } from "@connectrpc/connect";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import type { AccessToken, GetTokenOptions, TokenSource } from "../../src/auth/token-source.ts";
import { SentToken, withAuthentication } from "../../src/client/authentication.ts";
import { FixedHeaders } from "../../src/shared/fixed-headers.ts";
import type { Call, CallResponse } from "../../src/transport/call.ts";
import { RunningCalls } from "../../src/transport/context/call-context.ts";
import { describeFailure } from "../../src/transport/faults.ts";
import { TestClock } from "../transport/support/test-clock.ts";

const FIRST = "first-access-token";
const SECOND = "second-access-token";

const refusal =
  (text: string, origin: "server" | "transport" = "server") =>
  (): ConnectError => {
    const error = new ConnectError(text, Code.Unauthenticated);
    describeFailure(error, { origin });
    return error;
  };

/** What a token source returns or throws, and a server responds with: an error, or success. */
interface Scene {
  readonly tokens: readonly (AccessToken | Error)[];
  readonly responses: readonly (((token: string) => Error) | undefined)[];
  readonly header?: FixedHeaders;
  readonly signal?: AbortSignal;
  /** Whether a response is a stream, which breaks and repeats its token. */
  readonly breaking?: boolean;
  readonly repeatable?: boolean;
}

function breakingStream(authorization: string): CallResponse {
  const error = refusal(`broken for ${authorization.replace("Bearer ", "")}`)();
  const message = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) };
  // The layer reads nothing else of it.
  return { stream: true, message } as unknown as CallResponse;
}

/** Plays a call. Returns the bearers that were sent, what was asked of the token source, and how the call ended. */
async function play({ tokens, responses, header, signal, breaking = false, repeatable }: Scene) {
  const sent: string[] = [];
  const repeatables: (boolean | undefined)[] = [];
  const requests: (GetTokenOptions | undefined)[] = [];
  const source: TokenSource = {
    async getToken(request) {
      const next = tokens[requests.length];
      requests.push(request);
      if (next === undefined || next instanceof Error) throw next;
      return next;
    },
  };
  const call: Call = {
    method: UserService.method.getUserByID,
    message: {} as Call["message"],
    header,
    repeatable,
    contextValues: createContextValues(),
    context: new RunningCalls(new TestClock()).begin(signal, 0),
    progress: { attempts: 0, unprocessed: 0, sent: false },
  };
  const send = withAuthentication(
    async (attempt) => {
      const { authorization = "none" } = attempt;
      repeatables.push(attempt.repeatable);
      const respond = responses[sent.length];
      sent.push(authorization.replace("Bearer ", ""));
      if (respond !== undefined) throw respond(authorization);
      return breaking ? breakingStream(authorization) : ({} as CallResponse);
    },
    source,
    new SentToken(),
  );
  const error = await send(call)
    .then(async (response) => {
      if (response.stream) for await (const _ of response.message);
    })
    .then(() => undefined, String);
  call.context.finish();
  return { sent, repeatables, requests, error, call };
}

describe("a call whose token is rejected", () => {
  const first = { token: FIRST };
  const second = { token: SECOND };

  it("is replayed once with a new token", async () => {
    const { sent, requests, error, call } = await play({
      tokens: [first, second],
      responses: [refusal("expired"), undefined],
    });
    assert.deepEqual([sent, error], [[FIRST, SECOND], undefined]);
    const { signal } = call.context;
    assert.deepEqual(requests, [{ signal }, { signal, rejected: FIRST }]);
  });

  it("may be repeated if it could be before it got its token, and may not if it could not", async () => {
    for (const repeatable of [true, false]) {
      const { repeatables } = await play({
        tokens: [first, second],
        responses: [refusal("expired"), undefined],
        repeatable,
      });
      assert.deepEqual(repeatables, [repeatable, repeatable]);
    }
  });

  it("is not replayed when a proxy rejected it, or the target of an execution, which ran behind the RPC", async () => {
    for (const response of [
      refusal("no", "transport"),
      refusal("target said no (EXEC-reUaUZCzCp)"),
      refusal("target said no (EXEC-bmhNhpcqpF)"),
    ]) {
      const { sent } = await play({ tokens: [first, second], responses: [response, undefined] });
      assert.deepEqual(sent, [FIRST]);
    }
    const quoted = refusal("(EXEC-reUaUZCzCp) is quoted");
    const { sent } = await play({ tokens: [first, second], responses: [quoted, undefined] });
    assert.deepEqual(sent, [FIRST, SECOND]);
  });

  it("is replayed with the same token when there is no new one, unless it has expired", async () => {
    for (const { expiresAt, attempts } of [
      { expiresAt: undefined, attempts: 2 },
      { expiresAt: Date.now() + 3_600_000, attempts: 2 },
      { expiresAt: Date.now() - 1, attempts: 1 },
    ]) {
      const responses = [refusal("unknown"), undefined];
      const { sent, error } = await play({
        tokens: [{ token: FIRST, expiresAt }, new Error("no endpoint")],
        responses,
      });
      assert.equal(sent.length, attempts);
      if (attempts === 1) assert.match(String(error), /no endpoint/);
    }
  });

  it("is not replayed once the caller has given up", async () => {
    const controller = new AbortController();
    const { sent } = await play({
      tokens: [first, new Error("aborted")],
      responses: [
        () => {
          controller.abort();
          return refusal("expired")();
        },
      ],
      signal: controller.signal,
    });
    assert.deepEqual(sent, [FIRST]);
  });

  it("shows neither of its tokens in an error, though the server repeats them", async () => {
    const echo = (authorization: string) => refusal(`got ${authorization.replace("Bearer ", "")}`)();
    const cases: Scene["tokens"][] = [
      [first, second],
      [first, first],
      [first, new Error(`cannot replace ${FIRST}`)],
    ];
    for (const tokens of cases) {
      const { error } = await play({ tokens, responses: [echo, echo] });
      assert.match(String(error), /\[redacted\]/);
      assert.doesNotMatch(String(error), /access-token/);
    }
  });
});

describe("a stream that breaks", () => {
  it("shows its token in no error, replayed or not", async () => {
    for (const responses of [[undefined], [refusal("expired"), undefined]]) {
      const tokens = [{ token: FIRST }, { token: SECOND }];
      const { error } = await play({ tokens, responses, breaking: true });
      assert.match(String(error), /broken for \[redacted\]/);
    }
  });
});

describe("a call with an authorization of its own", () => {
  it("is sent as it is, and shows it in no error, with its scheme or without", async () => {
    for (const value of ["Basic pat1", "Basic  pat1", "pat1"]) {
      const header = new FixedHeaders([["authorization", value]]);
      const responses = [() => refusal("unknown: pat1.")()];
      const { sent, requests, error } = await play({ tokens: [], responses, header });
      assert.deepEqual([sent, requests], [["none"], []]);
      assert.match(String(error), /unknown: \[redacted\]\./);
    }
  });
});
