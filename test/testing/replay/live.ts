// npm run test:live [-- [--instance] [--all] [FLOW…]]: plays the recorded flows on the instance that the environment names (its url
// and an IAM_OWNER, as createZitadel() reads them) and on the emulator, and prints where the two differ. It works in
// organizations of its own, which it removes. Flows that change the instance itself run with --instance only. --all prints
// also what differs for a known reason.
import { parseArgs } from "node:util";
import type { JsonValue } from "@bufbuild/protobuf";
import { createZitadel, type Zitadel } from "../../../src/index.ts";
import { prepare, replay, startStage } from "./flow.ts";
import { play } from "./play.ts";
import { flowNames, readExceptions, readFlow, type Step } from "./recording.ts";
import { setups } from "./setups.ts";

const { values, positionals } = parseArgs({
  options: { instance: { type: "boolean", default: false }, all: { type: "boolean", default: false } },
  allowPositionals: true,
});
const url = process.env["ZITADEL_API_URL"] ?? "";
const run = Date.now().toString(36);

/** RPCs that change what all organizations share. */
const OF_INSTANCE =
  /^zitadel\.(settings|feature|action|instance|webkey|system|admin|idp)\b.*\/(?!Get|List|Healthz)/;
const CREATES_ORGANIZATION = /\/(AddOrganization|CreateOrganization|AddOrg|SetUpOrg)$/;
/** A projection may be late; so long, and so often, it is asked again. */
const [WAIT_MS, TRIES] = [300, 8];

function changesInstance(steps: readonly Step[]): boolean {
  return steps.some(({ rpc = "" }) => OF_INSTANCE.test(rpc));
}

/** Names and ids that a flow gives, each with this run's: others of the same name are there from other runs. */
function findNames(steps: readonly Step[], domain: string): Map<string, string> {
  const names = new Map<string, string>();
  const visit = (value: unknown, key: string): void => {
    if (typeof value === "string" && isOwnName(key, value)) {
      const own = value.replace(/\s*$/, (end) => `-${run}${end}`);
      names.set(value, own).set(value.trim(), own.trim());
      names.set(toDomain(value, "localhost"), toDomain(own, domain));
    }
    if (typeof value !== "object" || value === null) return;
    for (const [name, item] of Object.entries(value)) visit(item, Array.isArray(value) ? key : name);
  };
  for (const { request } of steps) visit(request, "");
  return names;
}

function isOwnName(key: string, value: string): boolean {
  if (/^(username|userName|name)$/.test(key)) return /^[^<@]{3,}$/.test(value) && value.trim() !== "";
  return /^(id|userId|projectId|orgId|organizationId)$/.test(key) && /^[a-z][\w-]+$/.test(value);
}

/** The domain that an organization gets for its name. */
function toDomain(name: string, domain: string): string {
  const label = name
    .toLowerCase()
    .replaceAll(" ", "-")
    .replaceAll(/[^a-z\d-]/g, "");
  return `${label}.${domain}`;
}

/** Nobody has this id: calls about unknown users leave traces at the id that they name. */
const UNKNOWN_USER = String(Date.now());

function renameStep({ http, request, response, ...step }: Step, names: ReadonlyMap<string, string>): Step {
  return {
    ...step,
    ...(http === undefined ? {} : { http: renameAll(http, names) }),
    ...(request === undefined ? {} : { request: renameAll(withUnknownUser(request), names) }),
    ...(response === undefined ? {} : { response: renameAll(response, names) }),
  };
}

function withUnknownUser(request: JsonValue): JsonValue {
  if (typeof request !== "object" || request === null || Array.isArray(request)) return request;
  return request["userId"] === "1" ? { ...request, userId: UNKNOWN_USER } : request;
}

function renameAll<T>(value: T, names: ReadonlyMap<string, string>): T {
  // What a text becomes is a text.
  if (typeof value === "string") return renameText(value, names) as T;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => renameAll(item, names)) as T;
  // What a security key is registered for is called ZITADEL, whatever organizations are called.
  const entries = Object.entries(value).map(([key, item]) => [
    key,
    key === "rp" ? item : renameAll(item, names),
  ]);
  return Object.fromEntries(entries) as T;
}

/** Login names are found in other cases, too. */
function renameText(text: string, names: ReadonlyMap<string, string>): string {
  const renamed = names.get(text);
  if (renamed !== undefined) return renamed;
  const other = [...names.keys()].find((name) => name.toLowerCase() === text.toLowerCase());
  return names.get(other ?? "") === `${other}-${run}` ? `${text}-${run}` : text;
}

/** The same for credentials, which hold a name. */
function renameWithin(text: string, names: ReadonlyMap<string, string>): string {
  const [id = "", ...rest] = text.split(":");
  const known = [...names].find(([name]) => name.toLowerCase() === id.toLowerCase());
  return [known === undefined ? id : `${id}-${run}`, ...rest].join(":");
}

async function playLive(zitadel: Zitadel, flow: string): Promise<Map<string, string[]>> {
  const recorded = readFlow(flow);
  const own = `live-${flow}-${run}`;
  const { organizationId } = await zitadel.org.v2.addOrganization({ name: own });
  const ownDomain = await findDomain(zitadel, organizationId);
  const domain = ownDomain.slice(ownDomain.indexOf(".") + 1);
  const names = findNames(recorded, domain);
  const second = `live-second-${flow}-${run}`;
  const rename = (name: string): string => `${name}-${flow}-${run}`;
  // What was there before a recording has other names.
  for (const name of ["admin-machine", "limited", "orgowner"]) names.set(name, rename(name));
  names.set("Second", second).set("second.localhost", toDomain(second, domain));
  names.set("ZITADEL", own).set("zitadel.localhost", ownDomain);
  const made = [organizationId];
  try {
    const setup = setups[flow];
    const stage = await prepare(
      {
        url,
        zitadel,
        organizationId,
        second,
        rename,
      },
      setup && {
        ...setup,
        credentials: (step) => renameWithin(setup.credentials?.(step) ?? "", names),
      },
    );
    made.push(stage.placeholders.get("<secondOrg>") ?? "");
    const results = new Map<string, string[]>();
    for (const one of recorded) {
      const step = renameStep(one, names);
      let problems = await play(stage, step);
      for (let tries = 1; mayBeLate(step, problems) && tries < TRIES; tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
        problems = await play(stage, step);
      }
      results.set(`${flow}/${step.name}`, problems);
      if (CREATES_ORGANIZATION.test(step.rpc ?? "")) made.push(...organizationsOf(step, stage.placeholders));
    }
    return results;
  } finally {
    for (const id of made) await zitadel.org.v2beta.deleteOrganization({ id }).catch(() => {});
  }
}

/** Whether asking again may change it, and nothing else: of a read, and of what is refused otherwise than in the recording. */
function mayBeLate({ rpc, http }: Step, problems: readonly string[]): boolean {
  if (problems.length === 0) return false;
  if (/\/(Get|List|Search)/.test(rpc ?? "") || http !== undefined) return true;
  const isDone = problems.some((problem) => /^status: (200|0),/.test(problem));
  return !isDone && problems.some((problem) => /^(status|errorId): /.test(problem));
}

/** The domain that a new organization has, as soon as it is told. */
async function findDomain(zitadel: Zitadel, id: string): Promise<string> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const { result } = await zitadel.org.v2.listOrganizations({
      queries: [{ query: { case: "idQuery", value: { id } } }],
    });
    if (result[0]?.primaryDomain) return result[0].primaryDomain;
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
  throw new Error(`the organization ${id} gets no domain`);
}

/** The ids that a step's response gives, as far as they are of organizations. */
function organizationsOf(
  { response }: Step,
  placeholders: { get(name: string): string | undefined },
): string[] {
  const { organizationId, id, orgId } = (typeof response === "object" ? response : {}) as Record<
    string,
    unknown
  >;
  return [organizationId, id, orgId].flatMap((name) => placeholders.get(String(name)) ?? []);
}

/** What each instance has of its own: sequences of what is shared, its name, version, domains, features and keys. */
const OF_EACH_INSTANCE =
  /[sS]equence$|\.instance\.(name|version)$|\.defaultOrgId$|\.domains\.\d+\.details|\.loginV2\.required$/;

/** Where something is different, without what it is: ids are others everywhere. */
function placesOf(problems: readonly string[]): string {
  const places = problems.map((problem) => problem.split(": ", 1)[0] ?? "");
  return places.filter((place) => !OF_EACH_INSTANCE.test(place)).join(" ");
}

await using zitadel = createZitadel({});
await using emulator = await startStage();
const exceptions = readExceptions();
let [steps, different, excepted, skipped] = [0, 0, 0, 0];
for (const flow of flowNames()) {
  if (positionals.length > 0 && !positionals.some((name) => flow.startsWith(name))) continue;
  if (!values.instance && changesInstance(readFlow(flow))) {
    skipped += 1;
    continue;
  }
  const emulated = await replay(emulator, flow);
  const live = await playLive(zitadel, flow).catch((error: Error) => {
    console.log(`${flow}: could not be played: ${error.message}`);
    return new Map<string, string[]>();
  });
  for (const [step, problems] of live) {
    steps += 1;
    const other = emulated.get(step) ?? [];
    if (placesOf(problems) === placesOf(other)) continue;
    const reason = exceptions.get(step);
    if (reason !== undefined) {
      excepted += 1;
      if (values.all) console.log(`${step}: ${reason}`);
      continue;
    }
    different += 1;
    console.log(step);
    for (const problem of problems) console.log(`  the instance: ${problem}`);
    for (const problem of other) console.log(`  the emulator: ${problem}`);
  }
}
console.log(
  `${steps} steps in ${Math.round(performance.now() / 1000)} s: ${different} differ, ${excepted} for a known reason`,
);
if (skipped > 0) console.log(`${skipped} flows change the instance and need --instance`);
