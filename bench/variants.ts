import * as http2 from "node:http2";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { createClient, type Interceptor, type Transport } from "@connectrpc/connect";
import {
  ListUsersRequestSchema,
  ListUsersResponseSchema,
  UserService,
} from "../gen/zitadel/user/v2/user_service_pb.js";
import { personalAccessToken } from "../src/auth/personal-access-token.ts";
import { createZitadel } from "../src/client/pinned-client.ts";
import { createConnection } from "../src/transport/connection.ts";
import type { Protocol } from "../src/transport/network.ts";

/** One way to list users. Returns the number of users. */
export type ListUsers = () => Promise<number>;
type Variant = (origin: string) => ListUsers | Promise<ListUsers>;

const TOKEN = "x".repeat(280);
const LIMIT = 5;

/** The cheapest way to call over HTTP/2 with protobuf-es in JavaScript, without handling failures. */
function rawHttp2(origin: string): ListUsers {
  const session = http2.connect(origin);
  const headers = {
    ":method": "POST",
    ":path": "/zitadel.user.v2.UserService/ListUsers",
    "content-type": "application/proto",
    authorization: `Bearer ${TOKEN}`,
  };
  return () =>
    new Promise((resolve, reject) => {
      const stream = session.request(headers);
      const chunks: Buffer[] = [];
      stream.on("error", reject);
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const body = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
        resolve(fromBinary(ListUsersResponseSchema, body).result.length);
      });
      const request = create(ListUsersRequestSchema, { query: { limit: LIMIT } });
      stream.end(toBinary(ListUsersRequestSchema, request));
    });
}

/** Does for a peer what the client's authentication does with a cached token. */
const authentication: Interceptor = (next) => async (request) => {
  const token = await Promise.resolve(TOKEN);
  request.header.set("authorization", `Bearer ${token}`);
  return await next(request);
};

function listWith(transport: Transport): ListUsers {
  const client = createClient(UserService, transport);
  return async () => (await client.listUsers({ query: { limit: LIMIT } })).result.length;
}

/** The whole client, as users run it. */
function whole(protocol: Protocol): Variant {
  return (url) => {
    const auth = personalAccessToken({ token: TOKEN });
    const zitadel = createZitadel({ url, auth, protocol, compressMinBytes: Number.POSITIVE_INFINITY });
    return async () => (await zitadel.user.v2.listUsers({ query: { limit: LIMIT } })).result.length;
  };
}

function transportOnly(origin: string): ListUsers {
  return listWith(
    createConnection({
      origin,
      protocol: "connect",
      httpVersion: "auto",
      headers: new Headers({ authorization: `Bearer ${TOKEN}` }),
      tls: {},
      compressMinBytes: Number.POSITIVE_INFINITY,
    }).createTransport({ interceptors: [] }),
  );
}

export const variants: Readonly<Record<string, Variant>> = {
  "raw node:http2": rawHttp2,
  "ours, whole pipeline": whole("auto"),
  "ours, transport only": transportOnly,
  "ours, whole, gRPC": whole("grpc"),
  "connect-node, Connect": async (baseUrl) => {
    const { createConnectTransport } = await import("@connectrpc/connect-node");
    const options = { baseUrl, httpVersion: "2" as const, acceptCompression: [] };
    return listWith(createConnectTransport({ ...options, interceptors: [authentication] }));
  },
  "@zitadel/client": async (baseUrl) => {
    const { createServerTransport } = await peer<ZitadelClientNode>("@zitadel/client/node");
    return listWith(createServerTransport(TOKEN, { baseUrl }));
  },
  "@zitadel/node": async (origin) => {
    const { createUserClient, createAccessTokenInterceptor } = await peer<ZitadelNode>(
      "@zitadel/node/dist/api/index.js",
    );
    const client = createUserClient(origin, createAccessTokenInterceptor(TOKEN));
    const request = { query: { offset: "0", limit: LIMIT, asc: false } };
    return async () => (await client.listUsers(request)).result.length;
  },
};

/**
 * The parts of the peers that are used. They are installed in bench/ only, so their own types are not available
 * to everyone.
 */
interface ZitadelClientNode {
  createServerTransport(token: string, options: { baseUrl: string }): Transport;
}

interface ZitadelNode {
  createAccessTokenInterceptor(token: string): object;
  createUserClient(
    origin: string,
    interceptor: object,
  ): { listUsers(request: object): Promise<{ result: readonly object[] }> };
}

async function peer<T>(name: string): Promise<T> {
  return (await import(name)) as T;
}
