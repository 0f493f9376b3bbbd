/** The part of oidc-provider that the tests use; it has no types of its own. */
declare module "oidc-provider" {
  import type { IncomingMessage, ServerResponse } from "node:http";

  export interface Context {
    readonly req: IncomingMessage;
    body: unknown;
    readonly oidc: {
      readonly client: unknown;
      readonly params: Readonly<Record<string, string | undefined>>;
    };
  }

  export default class Provider {
    constructor(issuer: string, configuration: object);
    readonly ClientCredentials: new (
      options: object,
    ) => { save(): Promise<string>; readonly expiration: number };
    callback(): (request: IncomingMessage, response: ServerResponse) => void;
    use(middleware: (context: Context, next: () => Promise<void>) => Promise<void>): void;
    registerGrantType(
      name: string,
      handler: (context: Context) => Promise<void>,
      parameters: readonly string[],
    ): void;
  }

  export const errors: { readonly InvalidGrant: new (description: string) => Error };
}
