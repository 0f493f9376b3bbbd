import { Code } from "@connectrpc/connect";
import type { Diagnosis } from "../diagnosis.ts";

/** How the call got to Zitadel and back, or did not. */
export const networkDiagnoses: readonly Diagnosis[] = [
  {
    code: Code.Unimplemented,
    fault: "grpc-blocked",
    meaning: "A proxy between this client and Zitadel does not let gRPC through.",
    hint: 'Set protocol to "grpc-web", which gets through; or have the proxy speak HTTP/2 to Zitadel and pass trailers on.',
  },
  {
    code: Code.Unimplemented,
    fault: "not-routed",
    meaning:
      "Something on the way, rather than Zitadel, says that there is nothing at the path of the call (HTTP 404).",
    hint:
      "Check the way to Zitadel first: the url, the host by which a proxy routes, and the protocol in which it " +
      'speaks to Zitadel (gRPC needs HTTP/2; protocol "grpc-web" does not). If all is well there, the server is of ' +
      "another version: `npx zitadel-connect doctor` compares.",
  },
  {
    code: Code.DeadlineExceeded,
    unprocessed: true,
    meaning: "The time was up before the server began to process the call.",
    hint:
      "The message tells what took the time. Check the network and the load of the server, or allow more time " +
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
      "There is no connection, and waiting does not help: a certificate is not trusted or is missing, a proxy " +
      "refuses, or the server does not speak the protocol.",
    hint:
      "The message tells which. Check the scheme and port of the url, and the options tls, proxy and httpVersion; " +
      "`npx zitadel-connect doctor` tries them one by one.",
  },
  {
    code: Code.Unavailable,
    fault: "http-1.1-required",
    meaning: "The server, or a proxy in front of it, wants HTTP/1.1 for this call.",
    hint: 'Set httpVersion to "1.1", or have the proxy accept HTTP/2.',
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
    meaning: "The server could not be reached, or turned the call away before it processed it.",
    hint:
      "Check the url, the network, TLS and proxy settings; `npx zitadel-connect doctor` tries them one by one. " +
      "It is safe to repeat the call, even a write.",
    retryable: true,
  },
  {
    code: Code.Unavailable,
    meaning: "The connection was lost, or the server gave up.",
    hint:
      "Check the network and whether the server is up; `npx zitadel-connect doctor` helps. " +
      "If it was a write, it may have taken effect: read before repeating it.",
    retryable: true,
  },
  {
    code: Code.Canceled,
    fault: "closed",
    meaning: "The client was closed.",
    hint: "Wait for running calls before close(), and make none after it.",
  },
  {
    code: Code.Canceled,
    meaning: "The caller's signal ended the call.",
    hint: "If that was not intended, look for what aborts the signal.",
  },
  {
    code: Code.Aborted,
    meaning: "The call was broken off on its way.",
    hint: "Repeat a read. If it was a write, it may have taken effect: read before repeating it.",
    retryable: true,
  },
  {
    code: Code.Internal,
    fault: "missing-status",
    meaning: "A gRPC response came without its status: a proxy dropped the trailers.",
    hint:
      'Have the proxy pass HTTP/2 trailers on, or set protocol to "grpc-web", which needs none. ' +
      "If it was a write, it may have taken effect: read before repeating it.",
  },
  {
    code: Code.Internal,
    fault: "stream-failed",
    meaning: "The server, or a proxy in front of it, broke the call off with an error of HTTP/2.",
    hint:
      "The message tells which; look for it in the log of the server or the proxy. " +
      "If it was a write, it may have taken effect: read before repeating it.",
    retryable: true,
  },
  {
    code: Code.Internal,
    origin: "transport",
    meaning: "The response is not one that the protocol allows.",
    hint:
      "Check that the url is Zitadel's, and what a proxy in between does to responses; " +
      'protocol "grpc-web" gets through most.',
  },
  {
    code: Code.Unknown,
    fault: "http-error",
    meaning: "The response does not come from Zitadel, but from something in front of it.",
    hint:
      "Check the way to Zitadel: the url, the host by which a proxy routes, and the protocol in which it speaks to " +
      'Zitadel. If it refuses gRPC, protocol "grpc-web" gets through.',
  },
];
