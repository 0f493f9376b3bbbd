// The server of the benchmarks, a process of its own: answers every RPC with the same list of users, encoded
// beforehand, in whichever protocol it is asked. Tells its parent the port of each size.
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { create, toBinary } from "@bufbuild/protobuf";
import { ListUsersResponseSchema } from "../gen/zitadel/user/v2/user_service_pb.js";
import type { Ports } from "./protocol.ts";

function listOf(count: number): Buffer {
  const result = Array.from({ length: count }, (_, i) => ({
    userId: `29481726354819${i}`,
    username: `user-${i}@acme.example`,
    preferredLoginName: `user-${i}@acme.example`,
    loginNames: [`user-${i}@acme.example`],
    details: { sequence: BigInt(i), resourceOwner: "294817263548190001" },
    type: {
      case: "human" as const,
      value: {
        userId: `29481726354819${i}`,
        profile: { givenName: "Ada", familyName: `Lovelace ${i}`, preferredLanguage: "en" },
        email: { email: `user-${i}@acme.example`, isVerified: true },
        phone: { phone: "+41791234567" },
      },
    },
  }));
  const message = create(ListUsersResponseSchema, { details: { totalResult: BigInt(count) }, result });
  return Buffer.from(toBinary(ListUsersResponseSchema, message));
}

async function serve(users: number): Promise<number> {
  const plain = listOf(users);
  const framed = Buffer.alloc(5 + plain.length);
  framed.writeUInt32BE(plain.length, 1);
  plain.copy(framed, 5);
  const server = http2.createServer({ settings: { maxConcurrentStreams: 250 } });
  server.on("stream", (stream, headers) => {
    const contentType = headers["content-type"] ?? "";
    const grpc = contentType.startsWith("application/grpc");
    stream.resume();
    stream.on("error", () => {});
    stream.respond({ ":status": 200, "content-type": contentType }, { waitForTrailers: grpc });
    if (grpc) stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(grpc ? framed : plain);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const ports: Ports = { small: await serve(5), large: await serve(500) };
process.send?.(ports);
