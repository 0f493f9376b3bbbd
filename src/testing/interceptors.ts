import { type HttpHandler, type HttpRequest, type HttpResponse, respondText } from "./net/http.ts";

/**
 * Runs between the client and the emulator. Returns the response of `next()`, another response, or nothing, in which
 * case the client waits until something closes the connection.
 */
export type RequestInterceptor = (
  request: HttpRequest,
  next: () => Promise<HttpResponse | undefined>,
) => HttpResponse | undefined | Promise<HttpResponse | undefined>;

/** A handler behind interceptors; the newest is the outermost. */
export interface InterceptedHandler {
  readonly handle: HttpHandler;
  add(interceptor: RequestInterceptor): () => void;
  /** Removes all interceptors. */
  clear(): void;
}

/** Creates a handler behind interceptors. It responds to an exception with its stack, so that a test shows it. */
export function createInterceptedHandler(handler: HttpHandler): InterceptedHandler {
  const interceptors: RequestInterceptor[] = [];
  return {
    handle: async (request) => {
      const chain = [...interceptors];
      const next = async (): Promise<HttpResponse | undefined> => {
        const interceptor = chain.shift();
        return interceptor === undefined ? await handler(request) : await interceptor(request, next);
      };
      try {
        return await next();
      } catch (error) {
        return respondText(500, error instanceof Error ? String(error.stack) : String(error));
      }
    },
    clear: () => {
      interceptors.length = 0;
    },
    add: (interceptor) => {
      interceptors.unshift(interceptor);
      return () => {
        if (interceptors.includes(interceptor)) interceptors.splice(interceptors.indexOf(interceptor), 1);
      };
    },
  };
}
