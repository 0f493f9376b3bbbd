// A process with many clients, which obtain their first tokens at once when it is told to. Reports the tokens and their number.
import { once } from "node:events";
import { createClient } from "@redis/client";
import { clientCredentials } from "../../../src/auth/client-credentials.ts";
import { folderTokenStore } from "../../../src/token-stores/folder.ts";
import { redisTokenStore } from "../../../src/token-stores/redis.ts";
import { httpClient } from "../../auth/support/http-client.ts";

const [origin = "", kind, path = "", clients] = process.argv.slice(2);

const redis = kind === "redis" ? await createClient({ socket: { path, tls: false } }).connect() : undefined;
const folder = kind === "folder" ? folderTokenStore({ folder: path }) : undefined;
const tokenStore = redis === undefined ? folder : redisTokenStore({ client: redis });
const method = clientCredentials({ clientId: "robot", clientSecret: "a-secret-of-the-test" });
const sources = Array.from({ length: Number(clients) }, () =>
  method({ origin, http: httpClient, tokenStore }),
);

process.stdout.write("ready\n");
await once(process.stdin, "data");
const tokens = await Promise.all(sources.map((source) => source.getToken()));
process.stdout.write(`${JSON.stringify([...new Set(tokens.map(({ token }) => token))])}\n`);
redis?.destroy();
process.stdin.destroy();
