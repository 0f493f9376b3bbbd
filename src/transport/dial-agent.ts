import * as http from "node:http";
import * as https from "node:https";
import type { Duplex } from "node:stream";
import { type DialOptions, dial } from "./dial.ts";

type Created = (error: Error | null, socket: Duplex) => void;

/** An agent for requests over HTTP/1.1 that connects as everything else does. */
export function createDialAgent(
  options: DialOptions,
  agentOptions: http.AgentOptions,
  connectTimeoutMs: number,
): http.Agent {
  const Agent = options.origin.startsWith("https:") ? https.Agent : http.Agent;
  const agent = new Agent(agentOptions);
  agent.createConnection = (_: unknown, created?: Created) => {
    dial(options, ["http/1.1"], AbortSignal.timeout(connectTimeoutMs)).then(
      (socket) => created?.(null, socket),
      // With an error no socket is looked at.
      (error: Error) => created?.(error, undefined as never),
    );
    return undefined;
  };
  return agent;
}
