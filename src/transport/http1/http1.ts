import type { Agent } from "node:http";
import type { Clock } from "../../shared/clock.ts";
import type { HttpResponse } from "../../shared/http-client.ts";
import type { Call, CallFn, WaitReason } from "../call.ts";
import type { DialOptions } from "../dial/dial.ts";
import { HttpVersionError, toReason } from "../dial/dial-error.ts";
import type { HttpVersion, PlainRequest } from "../network.ts";
import type { UnaryOptions } from "../protocol/wire-format.ts";
import type { Http1Calls } from "./http1-calls.ts";

export interface Http1Options {
  readonly dial: DialOptions;
  /** How long a request waits for a connection, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** The same for a port of this machine that has refused every connection so far. */
  readonly refusedTimeoutMs: number;
  readonly unary: UnaryOptions;
  readonly clock: Clock;
}

/**
 * All HTTP/1.1 requests, over one agent: for proxies and servers that support nothing newer. Its code is only loaded when
 * needed, which is rare.
 */
export class Http1 {
  readonly connect: CallFn = (call) => this.#call("connect", call);
  readonly "grpc-web": CallFn = (call) => this.#call("grpc-web", call);
  readonly #options: Http1Options;
  #agent: Promise<Agent> | undefined;
  #calls: Promise<Http1Calls> | undefined;
  #lastError: unknown;
  #closed = false;

  constructor(options: Http1Options) {
    this.#options = options;
  }

  /** What requests are waiting for, if any are. */
  whyWaiting(): WaitReason | undefined {
    if (this.#lastError === undefined) return undefined;
    const { origin } = this.#options.dial;
    const message = `no connection to ${origin}: ${toReason(this.#lastError)}`;
    return { connected: false, message, cause: this.#lastError };
  }

  /** Sends one HTTP request. */
  async request(request: PlainRequest, signal: AbortSignal): Promise<HttpResponse> {
    const { sendHttp1Request } = await import("./http1-calls.ts");
    return await sendHttp1Request(request, await this.#useAgent(), signal);
  }

  close(): void {
    this.#closed = true;
    void this.#agent?.then((agent) => agent.destroy());
  }

  async #call(protocol: keyof Http1Calls, call: Call): ReturnType<CallFn> {
    this.#calls ??= this.#loadCalls();
    const calls = await this.#calls;
    return await calls[protocol](call);
  }

  async #loadCalls(): Promise<Http1Calls> {
    const [{ createHttp1Calls }, agent] = await Promise.all([import("./http1-calls.ts"), this.#useAgent()]);
    return createHttp1Calls(agent, this.#options.unary);
  }

  #useAgent(): Promise<Agent> {
    this.#agent ??= this.#createAgent();
    return this.#agent;
  }

  async #createAgent(): Promise<Agent> {
    const { createDialAgent } = await import("../dial/agent.ts");
    const { dial, connectTimeoutMs, refusedTimeoutMs, clock } = this.#options;
    const onAttempt = (error: unknown) => {
      this.#lastError = error;
    };
    const agent = createDialAgent({ dial, connectTimeoutMs, refusedTimeoutMs, clock, onAttempt });
    if (this.#closed) agent.destroy();
    return agent;
  }
}

/** Which version of HTTP to use: that of the options, or else that of the first TLS handshake. */
export class HttpVersionSwitch {
  readonly #version: HttpVersion;
  #http1Only: boolean;

  constructor(version: HttpVersion) {
    this.#version = version;
    this.#http1Only = version === "1.1";
  }

  get http1Only(): boolean {
    return this.#http1Only;
  }

  async run<T, R>(
    input: T,
    overHttp2: (input: T) => Promise<R>,
    overHttp1: (input: T) => Promise<R>,
  ): Promise<R> {
    if (this.#http1Only) return await overHttp1(input);
    try {
      return await overHttp2(input);
    } catch (error) {
      // The handshake chose it, so nothing has been sent yet.
      const learned = error instanceof Error && error.cause instanceof HttpVersionError;
      if (!learned || this.#version === "2") throw error;
      this.#http1Only = true;
      return await overHttp1(input);
    }
  }
}
