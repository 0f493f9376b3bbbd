import type { DescMethod } from "@bufbuild/protobuf";
import type { StartedCall } from "../observation/call-observer.ts";
import type { ResolvedOptions } from "./options.ts";

/** The protocol that a call is first sent with. */
export function firstProtocol(
  { protocol, httpVersion }: Pick<ResolvedOptions, "protocol" | "httpVersion">,
  { parent }: DescMethod,
): StartedCall["protocol"] {
  if (protocol !== "auto") return protocol;
  if (httpVersion === "1.1") return "grpc-web";
  return /\.v(1|3alpha)\./.test(parent.typeName) ? "grpc" : "connect";
}
