// A provider for NestJS: one client for the application, closed with it. In a module:
//   @Module({ providers: [zitadelProvider], exports: [ZITADEL] })
// in a service:
//   constructor(@Inject(ZITADEL) private readonly zitadel: ZitadelClient) {}
// and in main.ts, so that the client is closed when the process is stopped: app.enableShutdownHooks().
import { createZitadel, type Zitadel, type ZitadelOptions } from "zitadel-connect";

export const ZITADEL = Symbol("Zitadel");

/** Nest calls `onApplicationShutdown` on the result of a factory. */
export type ZitadelClient = Zitadel & { onApplicationShutdown(): Promise<void> };

export function provideZitadel(options?: ZitadelOptions) {
  return {
    provide: ZITADEL,
    useFactory(): ZitadelClient {
      const zitadel = options === undefined ? createZitadel() : createZitadel(options);
      return Object.assign(zitadel, { onApplicationShutdown: () => zitadel.close() });
    },
  };
}

export const zitadelProvider = provideZitadel();
