import type { DescService } from "@bufbuild/protobuf";

/** A wire protocol. `auto` takes for each service the best one that the server has for it. */
export type Protocol = "auto" | "connect" | "grpc" | "grpc-web";

/** Which version of HTTP. `auto`: on TLS what the server picks (by ALPN), else 2. */
export type HttpVersion = "auto" | "1.1" | "2";

/**
 * Zitadel serves its v1 and v3alpha services over gRPC and gRPC-web only. Where it can, Connect costs half of
 * gRPC.
 */
export function bestOverHttp2({ typeName }: DescService): "connect" | "grpc" {
  return /\.v(1|3alpha)\./.test(typeName) ? "grpc" : "connect";
}

/** The same where HTTP trailers, which gRPC needs, do not come through. */
export function bestOverFetch(service: DescService): "connect" | "grpc-web" {
  return bestOverHttp2(service) === "grpc" ? "grpc-web" : "connect";
}
