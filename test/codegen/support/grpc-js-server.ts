import { Server, ServerCredentials, type ServiceDefinition } from "@grpc/grpc-js";
import { loadFileDescriptorSetFromBuffer } from "@grpc/proto-loader";
import { ReflectionService } from "@grpc/reflection";

/** A server of another make that describes itself. */
export interface GrpcJsServer extends AsyncDisposable {
  readonly origin: string;
}

/** Serves reflection of an image by `@grpc/reflection` on `@grpc/grpc-js`. */
export async function serveGrpcJs(image: Uint8Array): Promise<GrpcJsServer> {
  const definition = loadFileDescriptorSetFromBuffer(Buffer.from(image));
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
