import type * as http2 from "node:http2";
import { create, toBinary } from "@bufbuild/protobuf";
import { ListUsersResponseSchema } from "../gen/zitadel/user/v2/user_service_pb.js";

/** A list of users, encoded beforehand. */
export interface EncodedList {
  /** For Connect. */
  readonly plain: Buffer;
  /** For gRPC: with the prefix of five bytes. */
  readonly framed: Buffer;
}

export function createList(count: number): EncodedList {
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
  const plain = Buffer.from(toBinary(ListUsersResponseSchema, message));
  const framed = Buffer.alloc(5 + plain.length);
  framed.writeUInt32BE(plain.length, 1);
  plain.copy(framed, 5);
  return { plain, framed };
}

export function isGrpc(contentType: string): boolean {
  return contentType.startsWith("application/grpc");
}

/** Responds to every RPC with a list of the given number of users, in the protocol of the request. */
export function serveLists(server: http2.Http2Server | http2.Http2SecureServer, users: number): void {
  const { plain, framed } = createList(users);
  server.on("stream", (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => {
    const contentType = headers["content-type"] ?? "";
    const grpc = isGrpc(contentType);
    stream.resume();
    stream.on("error", () => {});
    stream.respond({ ":status": 200, "content-type": contentType }, { waitForTrailers: grpc });
    if (grpc) stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(grpc ? framed : plain);
  });
}
