import { Code, ConnectError } from "@connectrpc/connect";
import type { ReflectionVersion } from "../../../descriptor/reflection.ts";
import type { ResolvedProxy } from "../../../transport/dial/proxy.ts";
import type { TlsOptions } from "../../../transport/dial/tls.ts";
import { openSession } from "../../../transport/http2/open-session.ts";
import { CodegenError } from "../../errors.ts";
import type { Report, Source, SourceFiles } from "../source.ts";
import { collectFiles, type Reflected } from "./collect.ts";
import { NoGrpcError } from "./grpc-session.ts";

/** How to reach an instance. */
export interface InstanceOptions {
  /** Certificates. Default: Node's. */
  readonly tls?: TlsOptions | undefined;
  /** Default: from the environment. */
  readonly proxy?: ResolvedProxy | undefined;
  /** The external domain of the instance, if it is reached under another name (`x-zitadel-instance-host`). */
  readonly instanceHost?: string | undefined;
  /** More headers, for a proxy in between. Default: none. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The total time allowed, in milliseconds. Default: 30,000. */
  readonly timeoutMs?: number | undefined;
}

/** Services to request even if the server does not list them: it may know them without serving them. */
export type ExpectedServices = () => Promise<readonly string[]>;

/** A live instance, which describes itself through gRPC server reflection, without a login. */
export function createInstanceSource(
  origin: string,
  options: InstanceOptions,
  expectedServices: ExpectedServices,
): Source {
  return {
    spec: origin,
    async read(report) {
      try {
        return toSourceFiles(origin, await reflect(origin, options, expectedServices, report));
      } catch (error) {
        throw new CodegenError(`${origin}: ${describeProblem(error)}`, { cause: error });
      }
    },
  };
}

/** Uses v1, which current servers have, or v1alpha, since some older ones have only that. */
async function reflect(
  origin: string,
  options: InstanceOptions,
  expectedServices: ExpectedServices,
  report: Report,
): Promise<Reflected> {
  const attempt = (version: ReflectionVersion) =>
    converse(origin, options, report, { version, expectedServices });
  try {
    return await attempt("v1");
  } catch (error) {
    const unknown = error instanceof NoGrpcError ? error.status === 404 : isUnimplemented(error);
    if (!unknown) throw error;
    return await attempt("v1alpha");
  }
}

async function converse(
  origin: string,
  { tls = {}, proxy = "environment", instanceHost, headers, timeoutMs = 30_000 }: InstanceOptions,
  report: Report,
  { version, expectedServices }: { version: ReflectionVersion; expectedServices: ExpectedServices },
): Promise<Reflected> {
  report(`Connecting to ${origin}`);
  const signal = AbortSignal.timeout(timeoutMs);
  const session = await openSession({ dial: { origin, tls, proxy }, acceptHttp1: false }, signal);
  try {
    // Loading connect-node takes 50 ms, which other kinds of sources should not pay for.
    const { Conversation } = await import("./conversation.ts");
    const allHeaders = new Headers(headers);
    if (instanceHost !== undefined) allHeaders.set("x-zitadel-instance-host", instanceHost);
    const open = () => new Conversation(session, { origin, version, headers: allHeaders, signal });
    return await collectFiles(open, await expectedServices(), report);
  } finally {
    session.http2.destroy();
  }
}

function isUnimplemented(error: unknown): boolean {
  return error instanceof ConnectError && error.code === Code.Unimplemented;
}

function describeProblem(error: unknown): string {
  if (isUnimplemented(error))
    return "it does not describe itself: gRPC server reflection is not served there";
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if ([error, cause].some((e) => e instanceof Error && e.name === "TimeoutError")) {
    return "it did not respond in time";
  }
  const message = error instanceof ConnectError ? `its API cannot be read: ${error.message}` : error.message;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

function toSourceFiles(origin: string, { files, served, undescribed }: Reflected): SourceFiles {
  if (files.length === 0) throw new CodegenError("it describes no services");
  const declared = files.flatMap((file) =>
    file.service.map(({ name }) => (file.package === "" ? name : `${file.package}.${name}`)),
  );
  const unserved = declared.filter((name) => !served.has(name));
  return {
    description: origin,
    files,
    notes: [
      ...undescribed.map((name) => `${name} is served there but not described: it is left out.`),
      ...unserved.map((name) => `${name} is declared there but not served: calling it will fail.`),
    ],
  };
}
