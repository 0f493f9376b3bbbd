import type { DescMethod, Message } from "@bufbuild/protobuf";
import type { ConnectionValues } from "../connection/connection-options.ts";
import { resolveConnection } from "../connection/resolve.ts";
import type { Terminal } from "../terminal.ts";
import { toMessageJson } from "./result.ts";
import { hideSecretTexts } from "./secret-text.ts";

/** The call that would be made. */
export interface DryRun {
  readonly method: DescMethod;
  readonly request: Message;
  readonly values: ConnectionValues;
  readonly options: {
    readonly organizationId: string | undefined;
    readonly headers: Readonly<Record<string, string>>;
  };
}

/** Describes what would be sent, as JSON, without the token and the secrets in the request. */
export function describeDryRun({ method, request, values, options }: DryRun, terminal: Terminal): object {
  const { url, organization, instanceHost, source } = resolveConnection(values, terminal);
  const organizationId = options.organizationId ?? organization;
  return {
    rpc: `${method.parent.typeName}/${method.name}`,
    url: `${url.replace(/\/$/, "")}/${method.parent.typeName}/${method.name}`,
    headers: {
      authorization: `Bearer [by ${source}]`,
      ...(organizationId === undefined ? {} : { "x-zitadel-orgid": organizationId }),
      ...(instanceHost === undefined ? {} : { "x-zitadel-instance-host": instanceHost }),
      ...options.headers,
    },
    request: toMessageJson(method.input, hideSecretTexts(method.input, request), {
      alwaysEmitImplicit: false,
    }),
  };
}
