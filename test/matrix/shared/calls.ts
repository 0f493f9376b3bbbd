import { createZitadel, isNotFound, privateKeyJwt, ZitadelError } from "zitadel-connect";
import { createWebhook } from "zitadel-connect/webhooks";

/** An instance with five users and a call of a webhook of it; see instance.ts. */
export interface Instance {
  readonly url: string;
  readonly keyFile: string;
  readonly userId: string;
  readonly signingKey: string;
  readonly body: string;
  readonly signature: string;
}

/** The same few calls, made everywhere. Says so on success: run.ts looks for it. */
export async function makeCalls(instance: Instance): Promise<void> {
  const zitadel = createZitadel({ url: instance.url, auth: privateKeyJwt({ key: instance.keyFile }) });

  const v1 = await zitadel.auth.v1.getMyUser();
  expectSame("the user by v1", v1.user?.id, instance.userId);

  const v2 = await zitadel.user.v2.getUserByID({ userId: instance.userId });
  expectSame("the user by v2", v2.user?.userId, instance.userId);

  const names = new Set<string>();
  for await (const user of zitadel.user.v2.listUsers({ query: { limit: 2 } })) names.add(user.username);
  expectSame("users on three pages", names.size, 5);

  const error: unknown = await zitadel.user.v2.getUserByID({ userId: "1" }).catch((error: unknown) => error);
  if (!(isNotFound(error) && error instanceof ZitadelError)) throw error;
  expectSame("the name of the error", String(error).split(":")[0], "ZitadelError"); // also where it is minified

  const webhook = createWebhook({ signingKey: instance.signingKey });
  const call = await webhook.verify(instance.body, instance.signature);
  expectSame("the event of the webhook", call.kind === "event" && call.eventType, "user.locked");

  zitadel.close();
  console.log("calls made");
}

function expectSame(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`${what}: ${String(actual)} instead of ${String(expected)}`);
}
