import type { DescMethod } from "@bufbuild/protobuf";
import type { StartedCall } from "../observation/call-observer.ts";
import { bestOverHttp2 } from "../transport/protocol/protocol.ts";
import type { ResolvedOptions } from "./resolve-options.ts";

/** The protocol that a call is first sent with. */
export function firstProtocol(
  { protocol, httpVersion }: Pick<ResolvedOptions, "protocol" | "httpVersion">,
  { parent }: DescMethod,
): StartedCall["protocol"] {
  if (protocol !== "auto") return protocol;
  return httpVersion === "1.1" ? "grpc-web" : bestOverHttp2(parent);
}
