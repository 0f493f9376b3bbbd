import { Code } from "@connectrpc/connect";
import type { Attributes } from "@opentelemetry/api";
import { codeName } from "../errors/code-name.ts";
import type { FinishedCall, StartedCall } from "../observation/call-observer.ts";

/** The attributes known when a call starts, for samplers. */
export function startAttributes({ method, origin, protocol }: StartedCall): Attributes {
  const url = new URL(origin);
  return {
    "rpc.system.name": toSystem(protocol),
    "rpc.method": method,
    "server.address": url.hostname.replace(/^\[(.*)\]$/, "$1"),
    "server.port": Number(url.port) || (url.protocol === "https:" ? 443 : 80),
  };
}

/** The attributes known when it has ended. gRPC has a status for success, Connect only for failure. */
export function endAttributes({ error, protocol }: FinishedCall, start: Attributes): Attributes {
  const system = protocol === undefined ? start["rpc.system.name"] : toSystem(protocol);
  if (error === undefined) {
    return { "rpc.system.name": system, ...(system === "grpc" ? { "rpc.status_code": "OK" } : {}) };
  }
  const status = system === "grpc" ? grpcStatus(error.code) : codeName(error.code);
  return { "rpc.system.name": system, "rpc.status_code": status, "error.type": status };
}

/** gRPC writes its codes in capitals, and spells one differently. */
function grpcStatus(code: Code): string {
  return code === Code.Canceled ? "CANCELLED" : codeName(code).toUpperCase();
}

function toSystem(protocol: StartedCall["protocol"]): string {
  return protocol === "connect" ? "connectrpc" : "grpc";
}
