import type { DescService } from "@bufbuild/protobuf";

/** A wire protocol. `auto` uses the best one that the server has for each service. */
export type Protocol = "auto" | "connect" | "grpc" | "grpc-web";

/** The version of HTTP. `auto`: on TLS the one that the server chooses (by ALPN), otherwise 2. */
export type HttpVersion = "auto" | "1.1" | "2";

/**
 * Zitadel serves its v1 and v3alpha services over gRPC and gRPC-web only. Connect, where available, costs half as much as
 * gRPC.
 */
export function bestOverHttp2({ typeName }: DescService): "connect" | "grpc" {
  return /\.v(1|3alpha)\./.test(typeName) ? "grpc" : "connect";
}

/** The same where HTTP trailers, which gRPC needs, are not available. */
export function bestOverFetch(service: DescService): "connect" | "grpc-web" {
  return bestOverHttp2(service) === "grpc" ? "grpc-web" : "connect";
}
