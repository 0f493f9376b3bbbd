import * as http from "node:http";
import * as https from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { backoffMs } from "../../shared/backoff.ts";
import { systemClock } from "../../shared/clock.ts";
import { faultError } from "../faults/fault-error.ts";
import { RECONNECT, reasonOf } from "../http2/connector.ts";
import { type DialOptions, dial } from "./dial.ts";
import { DialError, NotConnectedError } from "./dial-error.ts";

type Created = (error: Error | null, socket: Duplex) => void;

export interface DialAgentOptions {
  readonly dial: DialOptions;
  /** How long a request waits for a connection, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Whether it is tried again during that time. */
  readonly patient: boolean;
  readonly agent: http.AgentOptions;
}

/**
 * An agent for requests over HTTP/1.1 that connects as everything else does. Once it is destroyed, it connects no
 * more.
 */
export function createDialAgent(options: DialAgentOptions): http.Agent {
  const Agent = options.dial.origin.startsWith("https:") ? https.Agent : http.Agent;
  const agent = new Agent(options.agent);
  const closing = new AbortController();
  agent.destroy = () => {
    closing.abort(faultError("closed", "The connection is closed"));
    Agent.prototype.destroy.call(agent);
  };
  agent.createConnection = (_: unknown, created?: Created) => {
    connect(options, closing.signal).then(
      (socket) => created?.(null, socket),
      // With an error no socket is looked at.
      (error: Error) => created?.(error, undefined as never),
    );
    return undefined;
  };
  return agent;
}

async function connect(options: DialAgentOptions, closing: AbortSignal): Promise<Socket> {
  const { dial: dialOptions, connectTimeoutMs, patient } = options;
  const signal = AbortSignal.any([AbortSignal.timeout(connectTimeoutMs), closing]);
  for (let failures = 1; ; failures++) {
    try {
      return await dial(dialOptions, ["http/1.1"], signal);
    } catch (error) {
      if (!patient || error instanceof DialError) throw error;
      const wait = backoffMs(RECONNECT, failures, systemClock);
      await delay(wait, undefined, { signal }).catch(() => {});
      closing.throwIfAborted();
      // The last reason says more than that the time is up.
      if (signal.aborted) throw notConnected(options, error);
    }
  }
}

function notConnected({ dial: { origin }, connectTimeoutMs }: DialAgentOptions, cause: unknown): Error {
  const message = `No connection to ${origin} within ${connectTimeoutMs} ms: ${reasonOf(cause)}`;
  return new NotConnectedError(message, { cause });
}
