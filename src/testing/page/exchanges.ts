import type { HttpRequest, HttpResponse } from "../net/http.ts";

/** A request and its response. */
export interface Exchange {
  /** Numbers the exchanges, from 1. */
  readonly number: number;
  /** Milliseconds since the epoch, by the emulator's clock. */
  readonly at: number;
  readonly request: HttpRequest;
  /** Undefined until the response is sent. */
  response: HttpResponse | undefined;
  ms: number | undefined;
}

const KEPT = 200;

/** Records the latest exchanges for the page. */
export class Exchanges {
  readonly #exchanges: Exchange[] = [];
  #count = 0;

  /** Records a request when it arrives, and its response when it is sent. */
  async note(
    request: HttpRequest,
    at: number,
    run: () => Promise<HttpResponse | undefined>,
  ): Promise<HttpResponse | undefined> {
    this.#count += 1;
    const exchange: Exchange = { number: this.#count, at, request, response: undefined, ms: undefined };
    this.#exchanges.push(exchange);
    if (this.#exchanges.length >= 2 * KEPT) this.#exchanges.splice(0, KEPT);
    const startedAt = performance.now();
    exchange.response = await run();
    exchange.ms = performance.now() - startedAt;
    return exchange.response;
  }

  /** The latest exchanges, newest first. */
  latest(): Exchange[] {
    return this.#exchanges.slice(-KEPT).reverse();
  }

  clear(): void {
    this.#exchanges.length = 0;
  }
}
