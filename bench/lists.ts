/**
 * How long a loop over all users takes, and how soon it has the first one: with the default page size, with others, and
 * as a loop written by hand with Connect alone. They take turns, so that other load on the machine affects all of them.
 *
 * Run: node bench/lists.ts [users] [rounds]
 *
 * Uses an emulator in a process of its own or, if ZITADEL_API_URL and ZITADEL_SERVICE_USER_TOKEN are set, that instance
 * with its users.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { UserService } from "../gen/zitadel/user/v2/user_service_pb.js";
import { bulk, createZitadel, personalAccessToken, privateKeyJwt, type Zitadel } from "../src/index.ts";
import { type Emulator, startEmulator } from "../src/testing/index.ts";
import { median } from "./median.ts";

/** The part of a user that a loop reads. */
interface Listed {
  readonly userId: string;
}

interface Instance {
  readonly url: string;
  readonly token: string;
}

interface Run {
  readonly count: number;
  readonly firstMs: number;
  readonly allMs: number;
}

const [first, roundsArgument = "5"] = process.argv.slice(2);
if (first === "emulator") await serve(Number(roundsArgument));
else await compare(Number(first ?? 10_155), Number(roundsArgument));

async function serve(users: number): Promise<void> {
  const emulator = await startEmulator();
  await createUsers(emulator, users);
  const { token } = emulator.serviceUser;
  process.send?.({ url: emulator.url, token } satisfies Instance);
  process.on("disconnect", () => process.exit());
}

async function createUsers(emulator: Emulator, users: number): Promise<void> {
  await using zitadel = createZitadel({
    url: emulator.url,
    auth: privateKeyJwt({ key: emulator.serviceUser.keyFile }),
  });
  // The service user is one of them.
  const names = Array.from({ length: users - 1 }, (_, index) => `ada-${index}`);
  await bulk(names, (username) =>
    zitadel.user.v2.createUser({
      organizationId: emulator.serviceUser.organizationId,
      username,
      userType: {
        case: "human",
        value: {
          profile: { givenName: "Ada", familyName: "Lovelace" },
          email: { email: `${username}@example.com` },
        },
      },
    }),
  );
}

/** The instance that the environment names, or an emulator until the process ends. */
async function findInstance(users: number): Promise<Instance> {
  const { ZITADEL_API_URL: url, ZITADEL_SERVICE_USER_TOKEN: token } = process.env;
  if (url !== undefined && token !== undefined) return { url, token };
  const emulator = fork(import.meta.filename, ["emulator", String(users)]);
  const [instance] = await once(emulator, "message");
  emulator.unref();
  emulator.channel?.unref();
  return instance as Instance;
}

/** Pages of a fixed size, one after the other: the usual loop with Connect alone. */
async function* listByHand({ url, token }: Instance, limit: number): AsyncGenerator<Listed> {
  const authentication: Interceptor = (next) => (request) => {
    request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
  const transport = createConnectTransport({
    baseUrl: url,
    httpVersion: "2",
    interceptors: [authentication],
  });
  const { listUsers } = createClient(UserService, transport);
  for (let offset = 0n; ; offset += BigInt(limit)) {
    const { result } = await listUsers({ query: { offset, limit, asc: true } });
    yield* result;
    if (result.length < limit) return;
  }
}

async function run(users: AsyncIterable<Listed>): Promise<Run> {
  const started = performance.now();
  const ids = new Set<string>();
  let firstMs = Number.NaN;
  for await (const { userId } of users) {
    if (ids.size === 0) firstMs = performance.now() - started;
    ids.add(userId);
  }
  return { count: ids.size, firstMs, allMs: performance.now() - started };
}

function variantsFor(zitadel: Zitadel, instance: Instance): Record<string, () => AsyncIterable<Listed>> {
  const { v2 } = zitadel.user;
  return {
    "for await, by default": () => v2.listUsers(),
    "for await, pages of 1000": () => v2.listUsers({}, { pageSize: 1_000 }),
    "for await, pages of 100": () => v2.listUsers({}, { pageSize: 100 }),
    "by hand, pages of 1000": () => listByHand(instance, 1_000),
    "by hand, pages of 100": () => listByHand(instance, 100),
  };
}

async function compare(users: number, rounds: number): Promise<void> {
  const instance = await findInstance(users);
  const runs = new Map<string, Run[]>();
  for (let round = -1; round < rounds; round++) {
    await using zitadel = createZitadel({
      url: instance.url,
      auth: personalAccessToken({ token: instance.token }),
    });
    for (const [name, list] of Object.entries(variantsFor(zitadel, instance))) {
      const one = await run(list());
      // The first round is a warm-up.
      if (round >= 0) runs.set(name, [...(runs.get(name) ?? []), one]);
    }
  }
  for (const [name, all] of runs) {
    const ms = (field: "firstMs" | "allMs") =>
      median(all.map((one) => one[field]))
        .toFixed(0)
        .padStart(6);
    console.log(
      `${name.padEnd(26)} ${all[0]?.count} users  first ${ms("firstMs")} ms  all ${ms("allMs")} ms`,
    );
  }
}
