import * as http2 from "node:http2";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";
import {
  ListUsersRequestSchema,
  ListUsersResponseSchema,
  UserService,
} from "../../gen/zitadel/user/v2/user_service_pb.js";
import type { AuthMethod, ServiceAccountKey } from "../../src/index.ts";

/** The instance's address, and all credentials for it. */
export interface Access {
  readonly url: string;
  readonly personalAccessToken: string;
  readonly key: ServiceAccountKey;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The first call. Returns the number of users. */
export type FirstCall = () => Promise<number>;

export interface Variant {
  /** The minimum: one round trip each for TCP, TLS 1.3, the token if one is requested, and the call. */
  readonly limit: 3 | 4;
  /** Loads all modules that the first call needs, and constructs the client. */
  readonly prepare: (access: Access) => Promise<FirstCall>;
}

const REQUEST = { query: { limit: 5 } };

export const variants: Readonly<Record<string, Variant>> = {
  "raw node:http2, PAT": {
    limit: 3,
    prepare: async (access) => () => callRaw(access),
  },
  "ours, PAT": {
    limit: 3,
    prepare: async (access) => {
      const { personalAccessToken } = await ours();
      return callOurs(access, personalAccessToken({ token: access.personalAccessToken }));
    },
  },
  "ours, private key JWT": {
    limit: 4,
    prepare: async (access) => {
      const { privateKeyJwt } = await ours();
      return callOurs(access, privateKeyJwt({ key: access.key }));
    },
  },
  "ours, client credentials": {
    limit: 4,
    prepare: async (access) => {
      const { clientCredentials } = await ours();
      const { clientId, clientSecret } = access;
      return callOurs(access, clientCredentials({ clientId, clientSecret }));
    },
  },
  "connect-node, Connect, PAT": {
    limit: 3,
    prepare: async (access) => {
      const { createConnectTransport } = await import("@connectrpc/connect-node");
      return callConnectNode(access, createConnectTransport);
    },
  },
  "connect-node, gRPC, PAT": {
    limit: 3,
    prepare: async (access) => {
      const { createGrpcTransport } = await import("@connectrpc/connect-node");
      return callConnectNode(access, createGrpcTransport);
    },
  },
  // It offers no other way for a service user to sign in.
  "@zitadel/client, PAT": {
    limit: 3,
    prepare: async ({ url, personalAccessToken }) => {
      const { createServerTransport } = await import("@zitadel/client/node");
      const { createUserServiceClient } = await import("@zitadel/client/v2");
      const client = createUserServiceClient(createServerTransport(personalAccessToken, { baseUrl: url }));
      return async () => (await client.listUsers(REQUEST)).result.length;
    },
  },
  "@zitadel/node, PAT": {
    limit: 3,
    prepare: async (access) => {
      const { createAccessTokenInterceptor } = await import("@zitadel/node/dist/api/index.js");
      return await callZitadelNode(access, createAccessTokenInterceptor(access.personalAccessToken));
    },
  },
  "@zitadel/node, private key JWT": {
    limit: 4,
    prepare: async (access) => {
      const { createServiceAccountInterceptor } = await import("@zitadel/node/dist/api/index.js");
      const { ServiceAccount } = await import("@zitadel/node/dist/credentials/index.js");
      await import("axios"); // which it loads when it signs in
      const account = ServiceAccount.fromJson(access.key);
      return await callZitadelNode(
        access,
        createServiceAccountInterceptor(access.url, account, { apiAccess: true }),
      );
    },
  },
};

/** The cost of Node itself, without handling failures. */
function callRaw({ url, personalAccessToken }: Access): Promise<number> {
  const stream = http2.connect(url).request({
    ":method": "POST",
    ":path": "/zitadel.user.v2.UserService/ListUsers",
    "content-type": "application/proto",
    authorization: `Bearer ${personalAccessToken}`,
  });
  stream.end(toBinary(ListUsersRequestSchema, create(ListUsersRequestSchema, REQUEST)));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    stream.on("error", reject);
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      resolve(fromBinary(ListUsersResponseSchema, Buffer.concat(chunks)).result.length);
    });
  });
}

async function ours(): Promise<typeof import("../../src/index.ts")> {
  return await import("../../src/index.ts");
}

/** Our client would load the user service at its first call; here, the import above has already loaded it. */
async function callOurs({ url }: Access, auth: AuthMethod): Promise<FirstCall> {
  const { createZitadel } = await ours();
  const zitadel = createZitadel({ url, auth });
  return async () => (await zitadel.user.v2.listUsers(REQUEST)).result.length;
}

interface ConnectNodeOptions {
  readonly baseUrl: string;
  readonly httpVersion: "2";
}

function callConnectNode(
  { url, personalAccessToken }: Access,
  createTransport: (options: ConnectNodeOptions) => Transport,
): FirstCall {
  const client = createClient(UserService, createTransport({ baseUrl: url, httpVersion: "2" }));
  const headers = { authorization: `Bearer ${personalAccessToken}` };
  return async () => (await client.listUsers(REQUEST, { headers })).result.length;
}

async function callZitadelNode({ url }: Access, interceptor: object): Promise<FirstCall> {
  const { createUserClient } = await import("@zitadel/node/dist/api/index.js");
  const client = createUserClient(url, interceptor);
  const request = { query: { offset: "0", limit: 5, asc: false } };
  return async () => (await client.listUsers(request)).result.length;
}
