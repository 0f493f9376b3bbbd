import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, type HandlerContext, type Interceptor } from "@connectrpc/connect";
import type { ZitadelOptions } from "../../src/client/client-options.ts";
import { createZitadel } from "../../src/client/pinned-client.ts";
import { ZitadelError } from "../../src/errors/zitadel-error.ts";
import type { CallObserver } from "../../src/observation/call-observer.ts";
import { fetchTransport } from "../../src/transport/fetch/fetch-transport.ts";
import { type ServerOptions, startConnectServer } from "../transport/support/connect-server.ts";
import { assertNoCrashes } from "../transport/support/crashes.ts";
import { ERROR } from "../transport/support/frames.ts";
import { Peer, type PeerRequest } from "../transport/support/peer.ts";
import { type Invoice, InvoiceService } from "./support/invoices.ts";

type Watch = (request: Invoice, context: HandlerContext) => AsyncIterable<Invoice>;

const invoice = (number: string) => create(InvoiceService.method.watchInvoices.output, { number });

/** A server with this `watchInvoices`, and a client of it. */
async function start(
  watchInvoices: Watch,
  options: ZitadelOptions = {},
  server: Partial<ServerOptions> = {},
) {
  const http = await startConnectServer({
    ...server,
    routes: (router) => router.service(InvoiceService, { watchInvoices }),
  });
  const tokens: (string | undefined)[] = [];
  const zitadel = createZitadel({
    url: http.origin,
    auth: {
      async getToken({ rejected } = {}) {
        tokens.push(rejected);
        return { token: rejected === undefined ? "first" : "second" };
      },
    },
    ...options,
  });
  return {
    origin: http.origin,
    zitadel,
    tokens,
    invoices: zitadel.client(InvoiceService),
    async [Symbol.asyncDispose]() {
      await zitadel.close();
      await http[Symbol.asyncDispose]();
    },
  };
}

async function* numbers(to: number): AsyncGenerator<Invoice> {
  for (let i = 1; i <= to; i++) yield invoice(String(i));
}

async function collect(stream: AsyncIterable<Invoice>): Promise<string[]> {
  const all: string[] = [];
  for await (const { number } of stream) all.push(number);
  return all;
}

const WAYS = [
  ...(["connect", "grpc", "grpc-web"] as const).map((protocol) => ({ protocol, httpVersion: "2" as const })),
  ...(["connect", "grpc-web"] as const).map((protocol) => ({ protocol, httpVersion: "1.1" as const })),
  ...(["connect", "grpc-web"] as const).map((protocol) => ({ protocol, transport: fetchTransport() })),
];

for (const way of WAYS) {
  const over = "transport" in way ? "fetch" : `HTTP/${way.httpVersion}`;
  const http = over === "HTTP/2" ? ({ http: "h2" } as const) : ({ http: "http/1.1" } as const);
  describe(`a stream of responses by ${way.protocol} over ${over}`, () => {
    assertNoCrashes();

    it("yields message by message, with the headers before and the trailers after", async () => {
      const watch: Watch = async function* ({ number }, context) {
        context.responseHeader.set("x-first", "a");
        context.responseTrailer.set("x-last", "b");
        yield* numbers(Number(number));
      };
      await using server = await start(watch, way, http);
      const seen: string[] = [];
      const onHeader = (headers: Headers) => seen.push(`header ${headers.get("x-first")}`);
      const onTrailer = (trailers: Headers) => seen.push(`trailer ${trailers.get("x-last")}`);
      for await (const { number } of server.invoices.watchInvoices(
        { number: "3" },
        { onHeader, onTrailer },
      )) {
        seen.push(number);
      }
      assert.deepEqual(seen, ["header a", "1", "2", "3", "trailer b"]);
    });

    it("may be empty, and may have large messages in any chunks", async () => {
      const sizes = [0, 1, 16_384, 1_000_000];
      const watch: Watch = async function* ({ number }) {
        if (number === "none") return;
        for (const size of sizes) yield invoice("x".repeat(size));
      };
      await using server = await start(watch, way, http);
      assert.deepEqual(await collect(server.invoices.watchInvoices({ number: "none" })), []);
      const all = await collect(server.invoices.watchInvoices());
      assert.deepEqual(
        all.map(({ length }) => length),
        sizes,
      );
    });

    it("fails with the server's typed error, also after messages", async () => {
      const watch: Watch = async function* ({ number }) {
        yield* numbers(Number(number));
        throw new ConnectError("no more", Code.OutOfRange);
      };
      await using server = await start(watch, way, http);
      for (const count of [0, 2]) {
        const seen: string[] = [];
        const read = async () => {
          for await (const { number } of server.invoices.watchInvoices({ number: String(count) }))
            seen.push(number);
        };
        await assert.rejects(read(), (error) => {
          assert.ok(error instanceof ZitadelError);
          assert.deepEqual(
            [error.code, error.origin, error.rawMessage],
            [Code.OutOfRange, "server", "no more"],
          );
          assert.equal(error.method, "acme.billing.v1.InvoiceService/WatchInvoices");
          return true;
        });
        assert.equal(seen.length, count);
      }
    });

    it("is canceled on the server when the loop is left, and keeps the connection for others", async () => {
      const canceled = Promise.withResolvers<void>();
      const watch: Watch = async function* (_request, { signal }) {
        signal.addEventListener("abort", () => canceled.resolve());
        yield invoice("1");
        await once(signal, "abort");
      };
      await using server = await start(watch, way, http);
      for await (const { number } of server.invoices.watchInvoices()) {
        assert.equal(number, "1");
        break;
      }
      await canceled.promise;
    });

    it("ends at the caller's signal, its own deadline and close(), but not at the client's default deadline", async () => {
      const watch: Watch = async function* (_request, { signal }) {
        yield invoice("1");
        await once(signal, "abort");
      };
      const server = await start(watch, { ...way, timeoutMs: 1 }, http);
      const abort = new AbortController();
      const read = async (options: object, then: () => void) => {
        for await (const _ of server.invoices.watchInvoices({}, options)) then();
      };
      await assert.rejects(
        read({ signal: abort.signal }, () => abort.abort()),
        { code: Code.Canceled },
      );
      await assert.rejects(
        read({ timeoutMs: 150 }, () => {}),
        {
          code: Code.DeadlineExceeded,
        },
      );
      await assert.rejects(
        read({}, () => void server.zitadel.close()),
        { code: Code.Canceled },
      );
      await server[Symbol.asyncDispose]();
    });

    it("is retried with another token where the first was rejected before any message", async () => {
      const watch: Watch = async function* (_request, { requestHeader }) {
        if (requestHeader.get("authorization") !== "Bearer second") {
          throw new ConnectError("bad token", Code.Unauthenticated);
        }
        yield* numbers(2);
      };
      await using server = await start(watch, way, http);
      assert.deepEqual(await collect(server.invoices.watchInvoices()), ["1", "2"]);
      assert.deepEqual(server.tokens, [undefined, "first"]);
    });

    it("shows no token in an error that comes after messages", async () => {
      const watch: Watch = async function* (_request, { requestHeader }) {
        yield* numbers(1);
        throw new ConnectError(`you said ${requestHeader.get("authorization")}`, Code.Internal);
      };
      await using server = await start(watch, way, http);
      await assert.rejects(collect(server.invoices.watchInvoices()), (error: Error) => {
        assert.doesNotMatch(error.message, /first/);
        return true;
      });
    });
  });
}

describe("a stream of responses", () => {
  assertNoCrashes();

  it("is retried where it failed before its first message, and only then", async () => {
    let requests = 0;
    const watch: Watch = async function* ({ number }) {
      requests += 1;
      yield* numbers(Number(number));
      throw new ConnectError("down", Code.Unavailable);
    };
    await using server = await start(watch);
    await assert.rejects(collect(server.invoices.watchInvoices({ number: "0" })), { code: Code.Unavailable });
    assert.equal(requests, 3);
    await assert.rejects(collect(server.invoices.watchInvoices({ number: "1" })), { code: Code.Unavailable });
    assert.equal(requests, 4);
  });

  it("is read no faster than its consumer reads", async () => {
    let sent = 0;
    const watch: Watch = async function* () {
      for (; sent < 1000; sent++) yield invoice("x".repeat(100_000));
    };
    await using server = await start(watch);
    for await (const _ of server.invoices.watchInvoices()) {
      for (let before = -1; before !== sent; await new Promise((resolve) => setTimeout(resolve, 20)))
        before = sent;
      break;
    }
    assert.ok(sent < 50, `${sent} messages of 100 kB were sent`);
  });

  it("is not started before it is read, so that an unused stream cannot fail", async () => {
    let requests = 0;
    const watch: Watch = async function* () {
      requests += 1;
      yield* numbers(1);
    };
    await using server = await start(watch);
    const stream = server.invoices.watchInvoices();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(requests, 0);
    assert.deepEqual(await collect(stream), ["1"]);
  });

  it("passes through interceptors, which may change its request, headers and messages", async () => {
    const interceptor: Interceptor = (next) => async (request) => {
      assert.ok(request.stream);
      request.header.set("x-added", "yes");
      const response = await next({ ...request, message: one(invoice("2")) });
      assert.ok(response.stream);
      async function* doubled() {
        for await (const message of response.message as AsyncIterable<Invoice>) {
          yield invoice(message.number.repeat(2));
        }
      }
      return { ...response, message: doubled() };
    };
    async function* one(message: Invoice) {
      yield message;
    }
    const watch: Watch = async function* ({ number }, { requestHeader }) {
      assert.equal(requestHeader.get("x-added"), "yes");
      yield* numbers(Number(number));
    };
    await using server = await start(watch, { interceptors: [interceptor] });
    assert.deepEqual(await collect(server.invoices.watchInvoices({ number: "7" })), ["11", "22"]);
  });

  it("is one call for observers, which ends when it is no longer read", async () => {
    const calls: string[] = [];
    const telemetry: CallObserver = {
      begin: ({ method, request }) => ({
        event: ({ type }) => calls.push(type),
        end: ({ error, response, attempts, protocol }) =>
          calls.push(
            `${method.split("/")[1]} ${(request as Invoice).number} ${error?.code} ${response} ${attempts} ${protocol}`,
          ),
      }),
    };
    const watch: Watch = async function* ({ number }) {
      yield* numbers(2);
      if (number === "fail") throw new ConnectError("no more", Code.OutOfRange);
    };
    await using server = await start(watch, { telemetry });
    await collect(server.invoices.watchInvoices({ number: "all" }));
    for await (const _ of server.invoices.watchInvoices({ number: "some" })) break;
    await collect(server.invoices.watchInvoices({ number: "fail" })).catch(() => {});
    assert.deepEqual(
      calls.filter((line) => line.startsWith("Watch")),
      [
        "WatchInvoices all undefined undefined 1 grpc",
        "WatchInvoices some undefined undefined 1 grpc",
        `WatchInvoices fail ${Code.OutOfRange} undefined 1 grpc`,
      ],
    );
  });

  it("sends the client's default headers, and has its request validated", async () => {
    const watch: Watch = async function* (_request, { requestHeader }) {
      yield invoice(requestHeader.get("x-zitadel-orgid") ?? "");
    };
    await using server = await start(watch, { validateRequests: true, organizationId: "7" });
    assert.deepEqual(await collect(server.invoices.watchInvoices({ number: "1" })), ["7"]);
  });

  it("refuses a message larger than readMaxBytes", async () => {
    const watch: Watch = async function* () {
      yield invoice("small");
      yield invoice("x".repeat(2000));
    };
    await using server = await start(watch, { readMaxBytes: 1000 });
    await assert.rejects(collect(server.invoices.watchInvoices()), {
      code: Code.ResourceExhausted,
      fault: "response-too-large",
    });
  });

  /** The fault of a stream whose response consists of these frames of HTTP/2. */
  async function findFault(onRequest: (request: PeerRequest) => void): Promise<string | undefined> {
    await using peer = await Peer.start({ onRequest });
    await using zitadel = createZitadel({
      url: peer.origin,
      auth: { getToken: async () => ({ token: "t" }) },
      retry: { maxAttempts: 1 },
      protocol: "connect",
    });
    const stream = zitadel.client(InvoiceService).watchInvoices();
    const reason = await collect(stream).then(
      () => assert.fail("it succeeded"),
      (error: unknown) => error,
    );
    assert.ok(reason instanceof ZitadelError);
    return reason.fault;
  }
  const headers = { ":status": "200", "content-type": "application/connect+proto" };
  const message = Buffer.of(0, 0, 0, 0, 3, 10, 1, 49);
  const begin = ({ connection, streamId }: PeerRequest, bytes: Uint8Array, end = false) => {
    connection.headers(streamId, headers);
    connection.data(streamId, bytes, end);
  };

  it("fails if it was cut short, wherever that happened", async () => {
    const cuts: Record<string, (request: PeerRequest) => void> = {
      "no end": (request) => begin(request, message, true),
      "within a frame": (request) => begin(request, message.subarray(0, 6), true),
      reset: (request) => {
        begin(request, message);
        request.connection.rst(request.streamId, ERROR.internal);
      },
      "reset as if nothing were": (request) => {
        begin(request, message);
        request.connection.rst(request.streamId, ERROR.none);
      },
      canceled: (request) => {
        begin(request, message);
        request.connection.rst(request.streamId, ERROR.cancel);
      },
    };
    for (const [name, cut] of Object.entries(cuts))
      assert.equal(await findFault(cut), "truncated-response", name);
    const lost = (request: PeerRequest) => {
      begin(request, message);
      setImmediate(() => request.connection.destroy());
    };
    assert.equal(await findFault(lost), "connection-lost");
  });

  it("fails if it is malformed, or continues after its end", async () => {
    const refused = ({ connection, streamId }: PeerRequest) =>
      connection.refuse(streamId, 503, "no upstream");
    assert.equal(await findFault(refused), "gateway-error");
    const page = ({ connection, streamId }: PeerRequest) => {
      connection.headers(streamId, { ":status": "200", "content-type": "text/html" });
      connection.data(streamId, Buffer.from("<html>"));
    };
    assert.equal(await findFault(page), "malformed-response");
    const end = Buffer.concat([Buffer.of(2, 0, 0, 0, 2), Buffer.from("{}")]);
    const twice = (request: PeerRequest) => begin(request, Buffer.concat([end, message]), true);
    assert.equal(await findFault(twice), "malformed-response");
    const compressed = (request: PeerRequest) =>
      begin(request, Buffer.concat([Buffer.of(1), message.subarray(1)]), true);
    assert.equal(await findFault(compressed), "malformed-response");
  });
});

describe("a stream of requests", () => {
  const unsupported = (method: string) => (error: unknown) => {
    assert.ok(error instanceof ZitadelError);
    assert.deepEqual([error.code, error.origin, error.unprocessed], [Code.Unimplemented, "client", true]);
    assert.equal(error.method, `acme.billing.v1.InvoiceService/${method}`);
    return true;
  };
  const options = { url: "http://127.0.0.1:1", auth: { getToken: async () => ({ token: "t" }) } };

  it("is an error where it is called, in types as well", async () => {
    await using zitadel = createZitadel(options);
    const invoices = zitadel.client(InvoiceService);
    // @ts-expect-error It takes nothing.
    assert.throws(() => invoices.uploadInvoices({}), unsupported("UploadInvoices"));
    // @ts-expect-error It takes nothing.
    assert.throws(() => invoices.discussInvoices({}), unsupported("DiscussInvoices"));
  });

  it("is an error in a generated tree before anything is loaded", async () => {
    const load = (): Promise<typeof InvoiceService> => assert.fail("it was loaded");
    const $service = {
      typeName: InvoiceService.typeName,
      methods: ["uploadInvoices", "discussInvoices"],
      lists: {},
      streams: { uploadInvoices: "client", discussInvoices: "bidi" } as const,
      load,
    };
    await using zitadel = createZitadel({ ...options, services: { billing: { $service } } });
    // @ts-expect-error It takes nothing.
    assert.throws(() => zitadel.billing.uploadInvoices({}), unsupported("UploadInvoices"));
    // @ts-expect-error It takes nothing.
    assert.throws(() => zitadel.billing.discussInvoices({}), unsupported("DiscussInvoices"));
  });
});

it("a generated tree has the same streams as clients of descriptors", async () => {
  const $service = {
    typeName: InvoiceService.typeName,
    methods: ["watchInvoices"],
    lists: {},
    streams: { watchInvoices: "server" } as const,
    load: async () => InvoiceService,
  };
  const services = { billing: { $service } };
  await using server = await start(() => numbers(2));
  await using zitadel = createZitadel({
    url: server.origin,
    auth: { getToken: async () => ({ token: "t" }) },
    services,
  });
  assert.deepEqual(await collect(zitadel.billing.watchInvoices()), ["1", "2"]);
});
