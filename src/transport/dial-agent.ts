import * as http from "node:http";
import * as https from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { backoffDelay, RECONNECT } from "./backoff.ts";
import { systemClock } from "./clock.ts";
import { type DialOptions, dial } from "./dial.ts";
import { DialError } from "./dial-error.ts";

type Created = (error: Error | null, socket: Duplex) => void;

export interface DialAgentOptions {
  readonly dial: DialOptions;
  /** How long a request waits for a connection, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Whether it is tried again during that time. */
  readonly patient: boolean;
  readonly agent: http.AgentOptions;
}

/** An agent for requests over HTTP/1.1 that connects as everything else does. */
export function createDialAgent(options: DialAgentOptions): http.Agent {
  const Agent = options.dial.origin.startsWith("https:") ? https.Agent : http.Agent;
  const agent = new Agent(options.agent);
  agent.createConnection = (_: unknown, created?: Created) => {
    connect(options).then(
      (socket) => created?.(null, socket),
      // With an error no socket is looked at.
      (error: Error) => created?.(error, undefined as never),
    );
    return undefined;
  };
  return agent;
}

async function connect({ dial: options, connectTimeoutMs, patient }: DialAgentOptions): Promise<Socket> {
  const signal = AbortSignal.timeout(connectTimeoutMs);
  for (let failures = 1; ; failures++) {
    try {
      return await dial(options, ["http/1.1"], signal);
    } catch (error) {
      if (!patient || signal.aborted || error instanceof DialError) throw error;
      const wait = backoffDelay(RECONNECT, failures, systemClock);
      // The last reason says more than that the time is up.
      await delay(wait, undefined, { signal }).catch(() => Promise.reject(error));
    }
  }
}
