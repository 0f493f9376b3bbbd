import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { create, toBinary } from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import type { ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import {
  type ReflectionRequest,
  type ReflectionResponse,
  type ReflectionVersion,
  reflectionService,
} from "../../../src/descriptor/reflection.ts";

import { rotated, shuffledOptions } from "./shuffle.ts";

type Question = ReflectionRequest["question"];
type Response = ReflectionResponse["response"];

export interface ReflectionServerOptions {
  readonly files: readonly FileDescriptorProto[];
  /** Default: both. */
  readonly versions?: readonly ReflectionVersion[];
  /** The services that it lists. Default: all services of the files. */
  readonly services?: readonly string[];
  /** Responds in its place, unless it returns undefined. */
  readonly respond?: (question: Question) => unknown;
  /** Receives the headers of each conversation. */
  readonly onHeaders?: (headers: Headers) => void;
  /** Encodes and orders everything differently in each response, as Go does with maps. */
  readonly shuffled?: boolean;
  /** The certificate for TLS. */
  readonly identity?: { readonly cert: string; readonly key: string };
}

export interface ReflectionServer extends AsyncDisposable {
  readonly origin: string;
  /** The questions so far. */
  readonly questions: Question[];
}

/** A server whose reflection a test controls. */
export async function serveReflection(options: ReflectionServerOptions): Promise<ReflectionServer> {
  const { versions = ["v1", "v1alpha"], identity } = options;
  const questions: Question[] = [];
  const routes = (router: ConnectRouter) => {
    for (const version of versions) {
      router.service(reflectionService(version), {
        async *serverReflectionInfo(requests, { requestHeader }) {
          options.onHeaders?.(requestHeader);
          for await (const { question } of requests) {
            questions.push(question);
            const response = (await options.respond?.(question)) ?? respondTo(question, options);
            yield create(reflectionService(version).method.serverReflectionInfo.output, {
              response: response as Response,
            });
          }
        },
      });
    }
  };
  const handler = connectNodeAdapter({ routes });
  const server =
    identity === undefined ? http2.createServer(handler) : http2.createSecureServer(identity, handler);
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on("session", (session) => sessions.add(session));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: identity === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    questions,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The names of the services in files. */
export function serviceNames(files: readonly FileDescriptorProto[]): string[] {
  return files.flatMap((file) =>
    file.service.map(({ name }) => [file.package, name].filter(Boolean).join(".")),
  );
}

function respondTo({ case: kind, value }: Question, options: ReflectionServerOptions): Response {
  const { files, services, shuffled = false } = options;
  if (kind === "listServices") {
    const names = services ?? serviceNames(files);
    const service = (shuffled ? rotated(names) : names).map((name) => ({ name }));
    return { case: "services", value: { service } } as Response;
  }
  const found = files.find((file) =>
    kind === "fileByFilename" ? file.name === value : findSymbols(file).includes(value ?? ""),
  );
  if (found === undefined)
    return { case: "error", value: { code: 5, message: `${value} is not known` } } as Response;
  const sent = shuffled
    ? rotated(withImports(found, files)).map((file) => shuffledOptions(file, files))
    : [found];
  const encoded = sent.map((file) => toBinary(FileDescriptorProtoSchema, file));
  return { case: "files", value: { encoded } } as Response;
}

/** The services and messages by which a server finds a file. */
function findSymbols(file: FileDescriptorProto): string[] {
  return [...file.service, ...file.messageType].map(({ name }) =>
    [file.package, name].filter(Boolean).join("."),
  );
}

/** Like servers in Go, which send a file with all its imports. */
function withImports(
  file: FileDescriptorProto,
  files: readonly FileDescriptorProto[],
): FileDescriptorProto[] {
  const all = new Set([file]);
  for (const { dependency } of all) {
    for (const other of files) if (dependency.includes(other.name)) all.add(other);
  }
  return [...all];
}
