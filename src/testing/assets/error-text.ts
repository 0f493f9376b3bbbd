import { Code, ConnectError } from "@connectrpc/connect";

/** Formats an error as the server does outside of RPCs. */
export function describeError(error: unknown): string {
  const { code, rawMessage } = ConnectError.from(error);
  const [, message, id] = /^(.*) \(([\w]+-[\w]+)\)$/.exec(rawMessage) ?? [];
  if (id === undefined)
    return code === Code.Unauthenticated ? `ID=AUT-1179 Message=${rawMessage}` : rawMessage;
  return `ID=${id} Message=${message}${id === "AUTH-7fs1e" ? NO_TOKEN : ""}`;
}

const NO_TOKEN =
  " Parent=(ID=APP-Reb32 Message=invalid token\nparsing of request failed: token contains an invalid number of segments)";
