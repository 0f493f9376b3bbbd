import { Server, ServerCredentials, type ServiceDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { ReflectionService } from "@grpc/reflection";

/** A server of another implementation with reflection. */
export interface GrpcJsServer extends AsyncDisposable {
  readonly origin: string;
}

/** Serves a .proto file, and reflection of it by `@grpc/reflection`, on `@grpc/grpc-js`. */
export async function serveGrpcJs(file: string, directory: string): Promise<GrpcJsServer> {
  const definition = loadSync(file, { includeDirs: [directory] });
  const server = new Server();
  new ReflectionService(definition).addToServer(server);
  for (const service of Object.values(definition)) {
    if (!("format" in service)) server.addService(service as ServiceDefinition, {});
  }
  const port = await new Promise<number>((resolve, reject) => {
    const credentials = ServerCredentials.createInsecure();
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    origin: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => server.forceShutdown(),
  };
}
