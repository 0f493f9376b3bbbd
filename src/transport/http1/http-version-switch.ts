import { HttpVersionError } from "../dial/dial-error.ts";
import type { HttpVersion } from "../protocol/protocol.ts";

/** Which version of HTTP goes to the server: as the options say, or else as the first TLS handshake has shown. */
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
      // The handshake said so: nothing has been sent yet.
      const learned = error instanceof Error && error.cause instanceof HttpVersionError;
      if (!learned || this.#version === "2") throw error;
      this.#http1Only = true;
      return await overHttp1(input);
    }
  }
}
