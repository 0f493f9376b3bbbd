// Refuses users with an e-mail address in a domain, whoever creates them: node refuse-sign-ups.ts URL DOMAIN, where URL
// is the address at which Zitadel reaches this program, which listens on PORT. The signing key is shown only once, when
// the target is created: keep it in WEBHOOK_SIGNING_KEY for the next start.
import { createServer } from "node:http";
import { createZitadel } from "zitadel-connect";
import { UserService } from "zitadel-connect/api/zitadel/user/v2/user_service_pb.js";
import { createWebhook, refuse, toRequest } from "zitadel-connect/webhooks";

const [endpoint = "", domain = ""] = process.argv.slice(2);
const { addHumanUser, createUser } = UserService.method;

async function register(): Promise<string> {
  await using zitadel = createZitadel();
  const { id, signingKey } = await zitadel.action.v2beta.createTarget({
    name: `refuse ${domain}`,
    endpoint,
    timeout: { seconds: 5n },
    targetType: { case: "restCall", value: { interruptOnError: true } },
  });
  for (const { name } of [addHumanUser, createUser]) {
    const value = { condition: { case: "method", value: `/${UserService.typeName}/${name}` } } as const;
    const condition = { conditionType: { case: "request", value } } as const;
    await zitadel.action.v2beta.setExecution({ condition, targets: [id] });
  }
  return signingKey;
}

const signingKey = process.env["WEBHOOK_SIGNING_KEY"] ?? (await register());
const handle = createWebhook({ signingKey }).nodeHandler((call) => {
  const { userType } = toRequest(call, createUser) ?? {};
  const human = userType?.case === "human" ? userType.value : toRequest(call, addHumanUser);
  const isRefused = human?.email?.email.endsWith(`@${domain}`);
  return isRefused ? refuse(403, `Nobody signs up from ${domain}`) : undefined;
});
createServer(handle).listen(Number(process.env["PORT"] ?? 8080), () => console.log(`refusing ${domain}`));
