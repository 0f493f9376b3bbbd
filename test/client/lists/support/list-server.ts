import { once } from "node:events";
import { createServer, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { create, type DescMethodUnary, type DescService, type Message } from "@bufbuild/protobuf";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { ErrorDetailSchema } from "../../../../gen/zitadel/message_pb.js";
import type { Zitadel } from "../../../../src/client/create-zitadel.ts";
import { createZitadel } from "../../../../src/client/pinned-client.ts";
import { makeItems } from "./items.ts";
import { findListMethods } from "./methods.ts";
import { makeResponse } from "./responses.ts";

/** The paging of a list request. */
export interface PageRequest {
  readonly offset: number;
  readonly sequence: number;
  readonly limit: number;
  readonly ascending: boolean;
  readonly request: Message & Record<string, unknown>;
}

/** How the server behaves; a test may change it at any time. */
export interface Behavior {
  /** The items of the list, in order. */
  items: unknown[];
  /** A larger limit is refused, silently reduced, or reduced and reported. */
  max: number;
  above: "refuse" | "cut" | "cut and say";
  /** The total that it reports. */
  total: "true" | "length of the page";
  /** Items that the caller may not see, removed from pages after they were made. */
  hidden: (item: unknown) => boolean;
  /** Called before a page is made. */
  before: (asked: PageRequest, context: HandlerContext) => Promise<void> | void;
}

/** A server of list RPCs on a loopback port. */
export class ListServer {
  readonly behavior: Behavior = {
    items: [],
    max: 1_000,
    above: "refuse",
    total: "true",
    hidden: () => false,
    before: () => {},
  };
  /** Every page that was requested. */
  readonly asked: PageRequest[] = [];
  readonly url: string;
  readonly zitadel: Zitadel;

  readonly #stop: () => void;

  private constructor(url: string, stop: () => void) {
    this.#stop = stop;
    this.url = url;
    this.zitadel = createZitadel({ url, auth: { getToken: async () => ({ token: "a-token" }) } });
  }

  static async start(...services: readonly DescService[]): Promise<ListServer> {
    let self: ListServer | undefined;
    const handle = async (method: DescMethodUnary, request: Message, context: HandlerContext) =>
      await (self ?? missing()).#respond(method, request, context);
    const server = createServer(
      connectNodeAdapter({
        routes: (router) => {
          for (const method of services.flatMap(findListMethods)) {
            router.rpc(method, (request, context) => handle(method, request, context));
          }
        },
      }),
    );
    const sessions = new Set<ServerHttp2Session>();
    server.on("session", (session) => sessions.add(session));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const stop = () => {
      for (const session of sessions) session.destroy();
      server.close();
    };
    self = new ListServer(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop);
    return self;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.zitadel.close();
    this.#stop();
  }

  /** Fills the list with so many new items of a method. */
  fill(method: DescMethodUnary, count: number): unknown[] {
    this.asked.length = 0;
    this.behavior.items = makeItems(method, count);
    return [...this.behavior.items];
  }

  async #respond(method: DescMethodUnary, request: Message, context: HandlerContext): Promise<Message> {
    const asked = parsePageRequest(request);
    this.asked.push(asked);
    await this.behavior.before(asked, context);
    const { max, above } = this.behavior;
    if (asked.limit > max && above === "refuse") throw limitTooHigh();
    return makeResponse(method, asked, this.behavior);
  }
}

function missing(): never {
  throw new Error("not started");
}

function parsePageRequest(message: Message): PageRequest {
  const request = message as Message & Record<string, unknown>;
  const paging = (request["query"] ?? request["pagination"] ?? request) as Record<string, unknown>;
  return {
    offset: Number(paging["offset"] ?? 0),
    sequence: Number(paging["sequence"] ?? 0),
    limit: Number(paging["limit"] ?? 0),
    ascending: paging["asc"] === true,
    request,
  };
}

/** The error of a server whose maximum is lower than the requested limit. */
function limitTooHigh(): ConnectError {
  const detail = {
    desc: ErrorDetailSchema,
    value: { id: "QUERY-4M0fs", message: "Errors.Query.LimitExceeded" },
  };
  return new ConnectError("Limit exceeded (QUERY-4M0fs)", Code.InvalidArgument, undefined, [
    { desc: detail.desc, value: create(detail.desc, detail.value) },
  ]);
}
