import * as http from "node:http";
import * as https from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { backoffMs } from "../../shared/backoff.ts";
import type { Clock } from "../../shared/clock.ts";
import { faultError } from "../faults.ts";
import { type DialOptions, dial } from "./dial.ts";
import {
  DialError,
  isRefusedHere,
  NotConnectedError,
  NothingListensError,
  RECONNECT,
  toReason,
} from "./dial-error.ts";

type Created = (error: Error | null, socket: Duplex) => void;

export interface DialAgentOptions {
  readonly dial: DialOptions;
  /** How long a request waits for a connection, in milliseconds, over repeated attempts. */
  readonly connectTimeoutMs: number;
  /** The same for a port of this machine that has refused every connection so far. */
  readonly refusedTimeoutMs: number;
  readonly clock: Pick<Clock, "random" | "monotonic">;
  /** Called with the error of each attempt to connect; `undefined` if it succeeded. */
  readonly onAttempt: (error: unknown) => void;
}

/** An agent for HTTP/1.1 requests that connects with {@link dial}. Once destroyed, it makes no more connections. */
export function createDialAgent(options: DialAgentOptions): http.Agent {
  const Agent = options.dial.origin.startsWith("https:") ? https.Agent : http.Agent;
  const agent = new Agent({ keepAlive: true });
  const closing = new AbortController();
  const history = { connected: false };
  agent.destroy = () => {
    closing.abort(faultError("closed", "The client is closed"));
    Agent.prototype.destroy.call(agent);
  };
  agent.createConnection = (_: unknown, created?: Created) => {
    connect(options, history, closing.signal).then(
      (socket) => created?.(null, socket),
      // If there is an error, the socket is ignored.
      (error: Error) => created?.(error, undefined as never),
    );
    return undefined;
  };
  return agent;
}

async function connect(
  options: DialAgentOptions,
  history: { connected: boolean },
  closing: AbortSignal,
): Promise<Socket> {
  const { connectTimeoutMs, refusedTimeoutMs, clock, onAttempt } = options;
  const startedAt = clock.monotonic();
  const signal = AbortSignal.any([AbortSignal.timeout(connectTimeoutMs), closing]);
  for (let failures = 1; ; failures++) {
    closing.throwIfAborted();
    try {
      const socket = await dial(options.dial, ["http/1.1"], signal);
      onAttempt(undefined);
      history.connected = true;
      return socket;
    } catch (error) {
      onAttempt(error);
      if (error instanceof DialError) throw error;
      const refused = !history.connected && isRefusedHere(error);
      if (refused && clock.monotonic() - startedAt >= refusedTimeoutMs) {
        throw new NothingListensError(options.dial.origin, error);
      }
      await delay(backoffMs(RECONNECT, failures, clock), undefined, { signal }).catch(() => {});
      closing.throwIfAborted();
      // The last error says more than a timeout would.
      if (signal.aborted) throw notConnected(options, error);
    }
  }
}

function notConnected({ dial: { origin }, connectTimeoutMs }: DialAgentOptions, cause: unknown): Error {
  const message = `No connection to ${origin} within ${connectTimeoutMs} ms: ${toReason(cause)}`;
  return new NotConnectedError(message, { cause });
}
