/**
 * The parts of the peers that the benchmarks call. bench/package.json installs them; the checks of this package do not.
 */
declare module "@zitadel/client/node" {
  export function createServerTransport(token: string, options: { baseUrl: string }): object;
}

declare module "@zitadel/client/v2" {
  interface Users {
    listUsers(request: { query: { limit: number } }): Promise<{ result: unknown[] }>;
  }
  export function createUserServiceClient(transport: object): Users;
}

declare module "@zitadel/node/dist/api/index.js" {
  interface Users {
    listUsers(request: {
      query: { offset: string; limit: number; asc: boolean };
    }): Promise<{ result: unknown[] }>;
  }
  export function createAccessTokenInterceptor(token: string): object;
  export function createServiceAccountInterceptor(
    audience: string,
    account: object,
    options: { apiAccess: boolean },
  ): object;
  export function createUserClient(origin: string, interceptor: object): Users;
}

declare module "@zitadel/node/dist/credentials/index.js" {
  export const ServiceAccount: {
    fromJson(key: { userId: string; keyId: string; key: string }): object;
  };
}

declare module "axios";
