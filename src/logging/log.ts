import { callBack } from "../shared/call-back.ts";
import { toLine } from "../shared/plain-text.ts";
import { debugSection } from "./debug-section.ts";
import { isLevelEnabled, type LogFields, type Logger, type LogLevel, writeLine } from "./logger.ts";

/** The topic of a line; also the part after the colon in a section of NODE_DEBUG. */
export type LogTopic = "call" | "auth" | "http2" | "retry";

/** Writes lines to the user's logger, and to stderr for the sections in NODE_DEBUG. */
export interface Log {
  /** Whether a line would be written. */
  isEnabled(topic: LogTopic, level: LogLevel): boolean;
  write(topic: LogTopic, level: LogLevel, message: string, fields: LogFields): void;
}

/**
 * The log of a client; `undefined` if there is none. `hideSecrets` redacts lines that quote servers, proxies and token
 * sources. Lines about calls do not need it: their errors are redacted where they arise.
 */
export function createLog(
  logger: Logger | undefined,
  hideSecrets: (text: string) => string,
): Log | undefined {
  const sections = {
    call: debugSection("zitadel"),
    auth: debugSection("zitadel:auth", "zitadel"),
    http2: debugSection("zitadel:http2", "zitadel"),
    retry: debugSection("zitadel:retry", "zitadel"),
  };
  if (logger === undefined && Object.values(sections).every((section) => section === undefined)) {
    return undefined;
  }
  return {
    isEnabled: (topic, level) =>
      sections[topic] !== undefined ||
      (logger !== undefined && callBack(() => isLevelEnabled(logger, level)) === true),
    write(topic, level, message, fields) {
      const toPlain = (one: string): string => toLine(topic === "call" ? one : hideSecrets(one));
      const text = toPlain(message);
      const shown = mapTexts(fields, toPlain);
      sections[topic]?.(text, shown);
      if (logger === undefined) return;
      callBack(() => writeLine(logger, level, `zitadel: ${text}`, shown));
    },
  };
}

function mapTexts(fields: LogFields, map: (text: string) => string): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === "string" ? map(value) : value]),
  );
}
