import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fromJson, type JsonObject, type JsonValue, toJson } from "@bufbuild/protobuf";
import { ConnectError, type Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { createZitadel, personalAccessToken } from "../../src/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import { createServiceRegistry, findMethod } from "../../src/testing/rpc/service-registry.ts";
import { Placeholders } from "./support/placeholders.ts";

/** One exchange with a running Zitadel. `<id1>`, `<time>` and their like stand for what the server chose. */
interface Step {
  readonly name: string;
  /** For example `zitadel.org.v2beta.OrganizationService/CreateOrganization`. */
  readonly rpc: string;
  /** An IAM_OWNER, a user without any role, and the ORG_OWNER of `<secondOrg>`. */
  readonly caller: "admin" | "limited" | "orgowner";
  readonly request: JsonObject;
  readonly response?: JsonObject;
  readonly message?: string;
}

/** Where the emulator is known to be different, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  "project-v2beta/create-unknown-org": "the server had a project of that name without an organization",
  "project-v2beta/v1-grants": "the emulator does not answer this RPC yet",
};

/** They count what happened to the organization before, too; and texts are in the language of the emulator's keys. */
const IGNORED = ["sequence", "localizedMessage"];

const FLOWS = new URL("./recordings/", import.meta.url);

describe("The emulator answers as a recorded Zitadel did", () => {
  for (const file of readdirSync(FLOWS)) {
    const flow = file.replace(".jsonl", "");
    it(`in the flow ${flow}`, async () => {
      await using emulator = await startEmulator();
      const { tokens, placeholders } = await prepare(emulator);
      const differing: string[] = [];
      for (const step of readSteps(file)) {
        const problem = await play(emulator.url, tokens[step.caller], step, placeholders);
        if (problem !== undefined && EXCEPTIONS[`${flow}/${step.name}`] === undefined) {
          differing.push(`${step.name}: ${problem}`);
        }
      }
      assert.deepEqual(differing, []);
    });
  }
});

/** The users and the second organization that the recordings begin with. */
async function prepare(
  emulator: Emulator,
): Promise<{ tokens: Record<Step["caller"], string>; placeholders: Placeholders }> {
  const { serviceUser, url } = emulator;
  await using zitadel = createZitadel({ url, auth: personalAccessToken({ token: serviceUser.token }) });
  const { organizationId } = await zitadel.org.v2.addOrganization({ name: "Second" });
  const limited = await emulator.createServiceUser({ username: "limited" });
  const owner = await emulator.createServiceUser({ username: "orgowner", organizationId });
  await zitadel.internal_permission.v2beta.createAdministrator({
    userId: owner.userId,
    resource: { resource: { case: "organizationId", value: organizationId } },
    roles: ["ORG_OWNER"],
  });
  return {
    tokens: { admin: serviceUser.token, limited: limited.token, orgowner: owner.token },
    placeholders: new Placeholders({
      "<defaultOrg>": serviceUser.organizationId,
      "<secondOrg>": organizationId,
      "<admin>": serviceUser.userId,
      "<limited>": limited.userId,
      "<orgowner>": owner.userId,
    }),
  };
}

/** What is different from the recording, if anything. */
async function play(
  url: string,
  token: string,
  { rpc, request, response, message }: Step,
  placeholders: Placeholders,
): Promise<string | undefined> {
  const actual = await call(createGrpcTransport({ baseUrl: url }), token, rpc, placeholders.fill(request));
  if (typeof actual === "string") return actual === message ? undefined : `${actual}, not ${message}`;
  if (response === undefined) return `${JSON.stringify(actual)}, not ${message}`;
  try {
    placeholders.check(actual, response, "response", IGNORED);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const registry = createServiceRegistry();

/** The response as JSON, or the message of the error. */
async function call(
  transport: Transport,
  token: string,
  rpc: string,
  request: JsonValue,
): Promise<JsonObject | string> {
  const [service = "", name = ""] = rpc.split("/");
  const method = findMethod(await registry.find(service), name);
  assert.ok(method !== undefined, `${rpc} is not known`);
  const input = fromJson(method.input, request, { ignoreUnknownFields: true });
  const headers = { authorization: `Bearer ${token}` };
  try {
    const { message } = await transport.unary(method, undefined, undefined, headers, input);
    return toJson(method.output, message) as JsonObject;
  } catch (error) {
    return ConnectError.from(error).rawMessage;
  }
}

function readSteps(file: string): Step[] {
  const lines = readFileSync(new URL(file, FLOWS), "utf8").trim().split("\n");
  // Each line is known to have this form.
  return lines.map((line) => JSON.parse(line) as Step);
}
