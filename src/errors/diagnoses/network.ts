import { Code } from "@connectrpc/connect";
import type { Diagnosis } from "../diagnosis.ts";

/** What happened to the call on the way to Zitadel and back. */
export const networkDiagnoses: readonly Diagnosis[] = [
  {
    code: Code.Unimplemented,
    fault: "grpc-blocked",
    meaning: "A proxy between this client and Zitadel does not let gRPC through.",
    hint: 'Set protocol to "grpc-web", which gets through; or let the proxy speak HTTP/2 to Zitadel and forward trailers.',
  },
  {
    code: Code.Unimplemented,
    fault: "not-routed",
    meaning: "Something in front of Zitadel says that there is nothing at the path of the call (HTTP 404).",
    hint:
      "First check the route to Zitadel: the url, the host name that a proxy routes by, and the protocol that it " +
      'speaks to Zitadel (gRPC needs HTTP/2; protocol "grpc-web" does not). If that is correct, the server has a ' +
      "different version: `npx zitadel-connect doctor` compares the two.",
  },
  {
    code: Code.DeadlineExceeded,
    unprocessed: true,
    meaning: "The deadline passed before the server began to process the call.",
    hint:
      "The message says what took the time. Check the network and the load of the server, or allow more time " +
      "(timeoutMs). It is safe to repeat the call, even a write.",
    retryable: true,
  },
  {
    code: Code.DeadlineExceeded,
    meaning: "No response came in time.",
    hint:
      "Check the network and the load of the server, or allow more time (timeoutMs). " +
      "If it was a write, it may have taken effect: read before repeating it.",
    retryable: true,
  },
  {
    code: Code.Unavailable,
    fault: "connection-rejected",
    meaning:
      "No connection is possible, and retrying does not help: a certificate is untrusted or missing, a proxy " +
      "refuses, or the server does not speak the protocol.",
    hint:
      "The message says which. Check the scheme and port of the url, and the options tls, proxy and httpVersion; " +
      "`npx zitadel-connect doctor` tries them one by one.",
  },
  {
    code: Code.Unavailable,
    fault: "http-1.1-required",
    meaning: "The server, or a proxy in front of it, requires HTTP/1.1 for this call.",
    hint: 'Set httpVersion to "1.1", or let the proxy accept HTTP/2.',
  },
  {
    code: Code.Unavailable,
    fault: "gateway-error",
    meaning: "A proxy in front of Zitadel could not reach it, or got no response from it in time.",
    hint:
      "Check that Zitadel is up, and the proxy's log. " +
      "If it was a write, it may have taken effect: read before repeating it.",
    retryable: true,
  },
  {
    code: Code.Unavailable,
    unprocessed: true,
    meaning: "The server could not be reached, or refused the call before processing it.",
    hint:
      "Check the url, the network, TLS and proxy settings; `npx zitadel-connect doctor` tries them one by one. " +
      "It is safe to repeat the call, even a write.",
    retryable: true,
  },
  {
    code: Code.Unavailable,
    meaning: "The connection was lost, or the server stopped processing the call.",
    hint:
      "Check the network and whether the server is up; `npx zitadel-connect doctor` helps. " +
      "If it was a write, it may have taken effect: read before repeating it.",
    retryable: true,
  },
  {
    code: Code.Canceled,
    fault: "closed",
    meaning: "The client was closed.",
    hint: "Wait for pending calls before close(), and make none after it.",
  },
  {
    code: Code.Canceled,
    meaning: "The caller's signal aborted the call.",
    hint: "If that was not intended, look for what aborts the signal.",
  },
  {
    code: Code.Aborted,
    meaning: "The call was aborted before it was complete.",
    hint: "A read can be repeated. If it was a write, it may have taken effect: read before repeating it.",
    retryable: true,
  },
  {
    code: Code.Internal,
    fault: "missing-status",
    meaning: "A gRPC response arrived without a status: a proxy dropped the trailers.",
    hint:
      'Let the proxy forward HTTP/2 trailers, or set protocol to "grpc-web", which needs none. ' +
      "If it was a write, it may have taken effect: read before repeating it.",
  },
  {
    code: Code.Internal,
    fault: "stream-failed",
    meaning: "The server, or a proxy in front of it, aborted the call with an HTTP/2 error.",
    hint:
      "The message says which; look for it in the log of the server or the proxy. " +
      "If it was a write, it may have taken effect: read before repeating it.",
    retryable: true,
  },
  {
    code: Code.Internal,
    origin: "transport",
    meaning: "The response violates the protocol.",
    hint:
      "Check that the url is Zitadel's, and whether a proxy in between changes responses; " +
      'protocol "grpc-web" gets through most proxies.',
  },
  {
    code: Code.Unknown,
    fault: "http-error",
    meaning: "The response does not come from Zitadel, but from something in front of it.",
    hint:
      "Check the route to Zitadel: the url, the host name that a proxy routes by, and the protocol that it speaks to " +
      'Zitadel. If it refuses gRPC, protocol "grpc-web" gets through.',
  },
];
