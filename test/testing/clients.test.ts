import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import {
  compressionGzip,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { Client, credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import {
  HealthzRequestSchema,
  HealthzResponseSchema,
  ManagementService,
} from "../../gen/zitadel/management_pb.js";
import { ErrorDetailSchema } from "../../gen/zitadel/message_pb.js";
import {
  GetUserByIDRequestSchema,
  GetUserByIDResponseSchema,
  UserService,
} from "../../gen/zitadel/user/v2/user_service_pb.js";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import { parseDetail } from "./support/rpc-wire.ts";

for (const tls of [false, true]) {
  describe(`clients of the emulator, ${tls ? "over TLS" : "in plain text"}`, () => {
    let emulator: Emulator;
    before(async () => {
      emulator = await startEmulator({ tls });
    });
    after(() => emulator.close());

    const authorized = () => ({ headers: { authorization: `Bearer ${emulator.serviceUser.token}` } });
    const nodeOptions = () => (emulator.ca === undefined ? {} : { ca: emulator.ca });
    const compression = {
      acceptCompression: [compressionGzip],
      sendCompression: compressionGzip,
      compressMinBytes: 0,
    };

    const transports: Record<string, () => Transport> = {
      "Connect on HTTP/1.1": () =>
        createConnectTransport({ baseUrl: emulator.url, httpVersion: "1.1", nodeOptions: nodeOptions() }),
      "Connect on HTTP/2": () =>
        createConnectTransport({ baseUrl: emulator.url, httpVersion: "2", nodeOptions: nodeOptions() }),
      "Connect with JSON": () =>
        createConnectTransport({
          baseUrl: emulator.url,
          httpVersion: "2",
          useBinaryFormat: false,
          nodeOptions: nodeOptions(),
        }),
      "compressed Connect": () =>
        createConnectTransport({
          baseUrl: emulator.url,
          httpVersion: "2",
          nodeOptions: nodeOptions(),
          ...compression,
        }),
      gRPC: () => createGrpcTransport({ baseUrl: emulator.url, nodeOptions: nodeOptions() }),
      "compressed gRPC": () =>
        createGrpcTransport({ baseUrl: emulator.url, nodeOptions: nodeOptions(), ...compression }),
      "gRPC-web on HTTP/1.1": () =>
        createGrpcWebTransport({ baseUrl: emulator.url, httpVersion: "1.1", nodeOptions: nodeOptions() }),
      "gRPC-web on HTTP/2": () =>
        createGrpcWebTransport({ baseUrl: emulator.url, httpVersion: "2", nodeOptions: nodeOptions() }),
      "compressed gRPC-web": () =>
        createGrpcWebTransport({
          baseUrl: emulator.url,
          httpVersion: "1.1",
          nodeOptions: nodeOptions(),
          ...compression,
        }),
    };

    for (const [name, open] of Object.entries(transports)) {
      it(`call by ${name}, and get messages and errors`, async () => {
        const users = createClient(UserService, open());
        const { userId } = emulator.serviceUser;
        const { user } = await users.getUserByID({ userId }, authorized());
        assert.equal(user?.username, "service-user");
        const error = await users.getUserByID({ userId: "1" }, authorized()).catch(ConnectError.from);
        assert.ok(error instanceof ConnectError);
        assert.equal(error.code, Code.NotFound);
        assert.deepEqual(
          error.findDetails(ErrorDetailSchema).map(({ id }) => id),
          ["QUERY-Dfbg2"],
        );
      });

      if (name.includes("gRPC")) {
        it(`call services of v1 by ${name}`, async () => {
          const management = createClient(ManagementService, open());
          const { result } = await management.listUsers({}, authorized());
          assert.equal(result.length, 2);
        });
      }
    }

    it("may be of another implementation: gRPC for Node", async () => {
      const ca = emulator.ca === undefined ? undefined : Buffer.from(emulator.ca);
      const channel = ca === undefined ? credentials.createInsecure() : credentials.createSsl(ca);
      const client = new Client(new URL(emulator.url).host, channel);
      try {
        const metadata = new Metadata();
        metadata.set("authorization", authorized().headers.authorization);
        const get = (userId: string) =>
          new Promise<string | undefined>((resolve, reject) => {
            client.makeUnaryRequest(
              "/zitadel.user.v2.UserService/GetUserByID",
              (request: string) =>
                Buffer.from(
                  toBinary(GetUserByIDRequestSchema, create(GetUserByIDRequestSchema, { userId: request })),
                ),
              (bytes) => fromBinary(GetUserByIDResponseSchema, bytes),
              userId,
              metadata,
              (error, response) => (error === null ? resolve(response?.user?.userId) : reject(error)),
            );
          });
        assert.equal(await get(emulator.serviceUser.userId), emulator.serviceUser.userId);
        const error = (await get("1").catch((reason) => reason)) as ServiceError;
        assert.equal(error.code, status.NOT_FOUND);
        assert.equal(error.details, "User could not be found (QUERY-Dfbg2)");
        const [details] = error.metadata.get("grpc-status-details-bin");
        assert.deepEqual(parseDetail(Buffer.from(details as Buffer).toString("base64")), {
          id: "QUERY-Dfbg2",
          message: "User could not be found",
        });
        await assert.doesNotReject(healthz(client));
      } finally {
        client.close();
      }
    });
  });
}

function healthz(client: Client): Promise<void> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      "/zitadel.management.v1.ManagementService/Healthz",
      () => Buffer.from(toBinary(HealthzRequestSchema, create(HealthzRequestSchema))),
      (bytes) => fromBinary(HealthzResponseSchema, bytes),
      {},
      (error) => (error === null ? resolve() : reject(error)),
    );
  });
}
