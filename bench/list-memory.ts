/**
 * How much memory iterating over a million users takes, against a server in a process of its own that generates them, and
 * how long it takes. Run: node --expose-gc bench/list-memory.ts [items] [page size]
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { UserService } from "../gen/zitadel/user/v2/user_service_pb.js";
import { createZitadel } from "../src/index.ts";

const [role, pageSizeArgument] = process.argv.slice(2);
if (role === "server") await serve();
else
  await measure(
    Number(role ?? 1_000_000),
    pageSizeArgument === undefined ? undefined : Number(pageSizeArgument),
  );

async function serve(): Promise<void> {
  const total = Number(process.argv[3]);
  const server = createServer(
    connectNodeAdapter({
      routes: (router) =>
        router.rpc(UserService.method.listUsers, ({ query }) => {
          const offset = Number(query?.offset ?? 0);
          const length = Math.max(0, Math.min(query?.limit ?? 0, total - offset));
          const result = Array.from({ length }, (_, index) => user(offset + index));
          return { details: { totalResult: BigInt(total) }, result };
        }),
    }),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  process.send?.((server.address() as AddressInfo).port);
  process.on("disconnect", () => process.exit());
}

function user(number: number) {
  const name = `user-${String(number).padStart(9, "0")}`;
  return {
    userId: String(300_000_000_000_000_000n + BigInt(number)),
    username: name,
    preferredLoginName: `${name}@example.com`,
    loginNames: [`${name}@example.com`],
    type: { case: "human" as const, value: { profile: { givenName: "Ada", familyName: name } } },
  };
}

async function measure(items: number, pageSize: number | undefined): Promise<void> {
  const server = fork(import.meta.filename, ["server", String(items)]);
  const [port] = await once(server, "message");
  await using zitadel = createZitadel({
    url: `http://127.0.0.1:${port}`,
    auth: { getToken: async () => ({ token: "a-token" }) },
  });
  console.log(`${items} users in pages of ${pageSize ?? "the default size"}`);
  const started = performance.now();
  let count = 0;
  let last = "";
  report(count, started);
  for await (const { userId } of zitadel.user.v2.listUsers({}, { pageSize })) {
    count += 1;
    if (userId <= last) throw new Error(`${userId} after ${last}`);
    last = userId;
    if (count % (items / 10) === 0) report(count, started);
  }
  if (count !== items) throw new Error(`${count} of ${items} users`);
  server.disconnect();
}

function report(count: number, started: number): void {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1).padStart(6)} MiB`;
  const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(6);
  console.log(
    `${String(count).padStart(9)} users  ${seconds} s  heap ${mib(heapUsed)}  external ${mib(external)}`,
  );
}
