// npm run test:live [-- [--instance] [FLOW…]]: plays the recorded flows on the instance that the environment names (its url
// and an IAM_OWNER, as createZitadel() reads them) and on the emulator, and prints where the two differ. It works in
// organizations of its own, which it removes. Flows that change the instance itself run with --instance only.
import { parseArgs } from "node:util";
import { createZitadel, type Zitadel } from "../../../src/index.ts";
import { prepare, replay, startStage } from "./flow.ts";
import { play } from "./play.ts";
import { flowNames, readFlow, type Step } from "./recording.ts";
import { setups } from "./setups.ts";

const { values, positionals } = parseArgs({
  options: { instance: { type: "boolean", default: false } },
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

/** Names that a flow gives, each with this run's: others of the same name are there from other runs. */
function findNames(steps: readonly Step[]): Map<string, string> {
  const names = new Map<string, string>();
  const visit = (value: unknown, key: string): void => {
    if (typeof value === "string" && isOwnName(key, value)) names.set(value, `${value}-${run}`);
    if (typeof value !== "object" || value === null) return;
    for (const [name, item] of Object.entries(value)) visit(item, Array.isArray(value) ? key : name);
  };
  for (const { request } of steps) visit(request, "");
  return names;
}

function isOwnName(key: string, value: string): boolean {
  return /^(username|userName|name)$/.test(key) && /^[^<@]{3,}$/.test(value);
}

function renameAll<T>(value: T, names: ReadonlyMap<string, string>): T {
  // What a text becomes is a text.
  if (typeof value === "string") return (names.get(value) ?? value) as T;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => renameAll(item, names)) as T;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, renameAll(item, names)])) as T;
}

/** The same for credentials, which hold a name. */
function renameWithin(text: string, names: ReadonlyMap<string, string>): string {
  const [id = "", ...rest] = text.split(":");
  const known = [...names].find(([name]) => name.toLowerCase() === id.toLowerCase());
  return [known === undefined ? id : `${id}-${run}`, ...rest].join(":");
}

async function playLive(zitadel: Zitadel, flow: string): Promise<Map<string, string[]>> {
  const recorded = readFlow(flow);
  const names = findNames(recorded);
  const own = `live-${flow}-${run}`;
  const { organizationId } = await zitadel.org.v2.addOrganization({ name: own });
  const { result } = await zitadel.org.v2.listOrganizations({
    queries: [{ query: { case: "idQuery", value: { id: organizationId } } }],
  });
  const second = `live-second-${flow}-${run}`;
  const rename = (name: string): string => `${name}-${flow}-${run}`;
  // What was there before a recording has other names.
  for (const name of ["admin-machine", "limited", "orgowner"]) names.set(name, rename(name));
  names.set("Second", second).set("second.localhost", `${second.toLowerCase()}.localhost`);
  names.set("ZITADEL", own).set("zitadel.localhost", result[0]?.primaryDomain ?? "");
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
      const step = renameAll(one, names);
      let problems = await play(stage, step);
      const isRead = /\/(Get|List|Search)/.test(step.rpc ?? "") || step.http !== undefined;
      for (let tries = 1; isRead && problems.length > 0 && tries < TRIES; tries += 1) {
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

/** Where something is different, without what it is: ids are others everywhere, and sequences of what is shared. */
function placesOf(problems: readonly string[]): string {
  const places = problems.map((problem) => problem.split(": ", 1)[0] ?? "");
  return places.filter((place) => !/[sS]equence$/.test(place)).join(" ");
}

await using zitadel = createZitadel({});
await using emulator = await startStage();
let [steps, different, skipped] = [0, 0, 0];
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
    different += 1;
    console.log(step);
    for (const problem of problems) console.log(`  the instance: ${problem}`);
    for (const problem of other) console.log(`  the emulator: ${problem}`);
  }
}
console.log(`${steps} steps, ${different} differ; ${skipped} flows that change the instance need --instance`);
