import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";

/** A registry for the npm client with one version of one package. */
export async function serveRegistry(
  name: string,
  version: string,
  tarball: string,
): Promise<AsyncDisposable & { readonly url: string }> {
  const bytes = readFileSync(tarball);
  const server = http.createServer((request, response) => {
    if (request.url?.endsWith(".tgz")) return response.end(bytes);
    const dist = {
      tarball: `${url}/package.tgz`,
      integrity: `sha512-${createHash("sha512").update(bytes).digest("base64")}`,
    };
    const known = decodeURIComponent(request.url ?? "").includes(name);
    response.statusCode = known ? 200 : 404;
    response.setHeader("content-type", "application/json");
    const packument = {
      name,
      "dist-tags": { latest: version },
      versions: { [version]: { name, version, dist } },
    };
    return response.end(JSON.stringify(known ? packument : { error: "Not found" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
