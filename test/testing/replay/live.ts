// npm run test:live [-- [--instance] [--all] [FLOW…]]: plays the recorded flows on the instance that the environment names (its url
// and an IAM_OWNER, as createZitadel() reads them) and on the emulator, and prints where the two differ. It works in
// organizations of its own, which it removes. Flows that change the instance itself run with --instance only. --all also
// prints what differs for a known reason.
import { parseArgs } from "node:util";
import { createZitadel, type Zitadel } from "../../../src/index.ts";
import { prepare, replay, startStage } from "./flow.ts";
import { play, type Stage } from "./play.ts";
import { flowNames, readExceptions, readFlow, type Step } from "./recording.ts";
import { findNames, renameStep, renameWithin, run, toDomain } from "./rename.ts";
import { setups } from "./setups.ts";

const { values, positionals } = parseArgs({
  options: { instance: { type: "boolean", default: false }, all: { type: "boolean", default: false } },
  allowPositionals: true,
});
const url = process.env["ZITADEL_API_URL"] ?? "";

/** RPCs that change what all organizations share. */
const OF_INSTANCE =
  /^zitadel\.(settings|feature|action|instance|webkey|system|admin|idp)\b.*\/(?!Get|List|Healthz)/;
const CREATES_ORGANIZATION = /\/(AddOrganization|CreateOrganization|AddOrg|SetUpOrg)$/;
/** A projection may be late: how long to wait before a read is repeated, and how often. */
const [WAIT_MS, TRIES] = [300, 30];
/** What stays the same for so many tries will not change. */
const STEADY = 12;
/** How many flows are played at once. */
const CONCURRENCY = 4;

function changesInstance(flow: string): boolean {
  return NEEDS_IMPERSONATION.test(flow) || readFlow(flow).some(({ rpc = "" }) => OF_INSTANCE.test(rpc));
}

/** These begin with what only a new instance has. */
const NEEDS_NEW_INSTANCE = /^(assets|idps-v1|web-keys)$/;
const NEEDS_IMPERSONATION = /^(oidc-token-exchange|oidc-impersonation|settings)$/;

/** These flows begin with impersonation allowed. Afterwards the security settings are as they were. */
async function withImpersonation<T>(zitadel: Zitadel, use: () => Promise<T>): Promise<T> {
  const { setSecuritySettings, getSecuritySettings } = zitadel.settings.v2;
  const { settings } = await getSecuritySettings();
  if (settings?.enableImpersonation === true) return await use();
  const { embeddedIframe } = settings ?? {};
  await setSecuritySettings({ embeddedIframe, enableImpersonation: true });
  try {
    return await use();
  } finally {
    await setSecuritySettings({ embeddedIframe, enableImpersonation: false });
  }
}

async function playLive(
  zitadel: Zitadel,
  flow: string,
  emulated: ReadonlyMap<string, readonly string[]>,
): Promise<Map<string, string[]>> {
  const recorded = readFlow(flow);
  const own = `live-${flow}-${run}`;
  const { organizationId } = await zitadel.org.v2.addOrganization({ name: own });
  const ownDomain = await findDomain(zitadel, organizationId);
  const domain = ownDomain.slice(ownDomain.indexOf(".") + 1);
  const names = findNames(recorded, domain);
  const second = `Second-live-${flow}-${run}`;
  const rename = (name: string): string => `${name}-${flow}-${run}`;
  // What existed before a recording has other names.
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
      if (reasons.get(`${flow}/${step.name}`) === OF_DEFAULT) continue;
      const reason = reasons.get(`${flow}/${step.name}`);
      const problems =
        reason === undefined
          ? await playUntilSettled(stage, step, emulated.get(`${flow}/${step.name}`) ?? [])
          : await play(stage, step);
      results.set(`${flow}/${step.name}`, problems);
      if (CREATES_ORGANIZATION.test(step.rpc ?? ""))
        made.push(...findOrganizations(step, stage.placeholders));
    }
    return results;
  } finally {
    for (const id of made) await zitadel.org.v2beta.deleteOrganization({ id }).catch(() => {});
  }
}

/** Repeats a step that may be late, unless the emulator differs from the recording in the same places. */
async function playUntilSettled(stage: Stage, step: Step, emulated: readonly string[]): Promise<string[]> {
  const wanted = toPlaces(emulated);
  let problems = await play(stage, step);
  for (let tries = 1, steady = 0; tries < TRIES && steady < STEADY; tries += 1) {
    const places = toPlaces(problems);
    if (places === wanted || !mayBeLate(step, problems)) return problems;
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    problems = await play(stage, step);
    steady = toPlaces(problems) === places ? steady + 1 : 0;
  }
  return problems;
}

/** Whether repeating it may change the result, and nothing else: reads, and refusals that are not in the recording. */
function mayBeLate({ rpc, http }: Step, problems: readonly string[]): boolean {
  if (problems.length === 0) return false;
  if (/\/(Get|List|Search)/.test(rpc ?? "") || http !== undefined) return true;
  const isDone = problems.some((problem) => /^status: (200|0),/.test(problem));
  return !isDone && problems.some((problem) => /^(status|errorId): /.test(problem));
}

/** The domain of a new organization, as soon as it is listed. */
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

/** The ids in a step's response that are of organizations. */
function findOrganizations(
  { response }: Step,
  placeholders: { get(name: string): string | undefined },
): string[] {
  const { organizationId, id, orgId } = (typeof response === "object" ? response : {}) as Record<
    string,
    unknown
  >;
  // What is not a placeholder is an id that the flow has chosen.
  return [organizationId, id, orgId].flatMap((one) =>
    typeof one === "string" ? (placeholders.get(one) ?? one) : [],
  );
}

/** What differs between instances: shared sequences, name, version, domains, features and keys. */
const OF_EACH_INSTANCE =
  /[sS]equence$|\.instance\.(name|version)$|\.(default|global)OrgId$|\.domains\.\d+\.details|\.loginV2\.required$|\.enableImpersonation$/;

/** Where something differs, without the values, since ids always differ. */
function toPlaces(problems: readonly string[]): string {
  const places = problems.map((problem) => problem.split(": ", 1)[0] ?? "");
  return places.filter((place) => !OF_EACH_INSTANCE.test(place)).join(" ");
}

const UNSORTED = "the server sorts the list by nothing";
/** These are not played: they would remove the organization that replaces the default one, or expect what only that has. */
const OF_DEFAULT = "another organization stands for the default one";

/** Reasons why an instance may respond differently, in addition to the emulator's exceptions. */
const REASONS: Readonly<Record<string, string>> = {
  "permissions/v1-admin-ListEvents--admin": "others do something on the instance, too",
  "org-v2beta/list-domains": UNSORTED,
  "project-v2beta/create-unknown-org":
    "the organization, which does not exist, has the project from the second run on",
  "user-credentials/list-keys-sort-ORGANIZATION_ID": UNSORTED,
  "user-credentials/list-keys-sort-USER_ID": UNSORTED,
  "user-metadata/list-2": UNSORTED,
  "user-mfa/u2f-factors": UNSORTED,
  "v1-factors/9-ListMyAuthFactors": UNSORTED,
  "v1-objects/92-ListProjects": UNSORTED,
  "v1-objects/282-RemoveOrg": OF_DEFAULT,
  "v1-objects/283-RemoveOrg": OF_DEFAULT,
  "v1-reads/admin-default-org": OF_DEFAULT,
  "v1-reads/auth-ListMyMemberships": UNSORTED,
  "v1-reads/mgmt-ListOrgMemberRoles": OF_DEFAULT,
  "v1-factors/10-ListHumanAuthFactors": UNSORTED,
};

await using zitadel = createZitadel({});
const reasons = new Map([...readExceptions(), ...Object.entries(REASONS)]);
const chosen = flowNames().filter(
  (flow) =>
    !NEEDS_NEW_INSTANCE.test(flow) &&
    (positionals.length === 0 || positionals.some((name) => flow.startsWith(name))),
);
const flows = chosen.filter((flow) => values.instance || !changesInstance(flow));
const emulated = await replayAll(flows);
const counts = { steps: 0, different: 0, excepted: 0 };
// Flows that change the instance see each other's changes, and others see them, too.
const [alone, together] = [flows.filter(changesInstance), flows.filter((flow) => !changesInstance(flow))];
await Promise.all(Array.from({ length: CONCURRENCY }, () => playAll(together)));
await playAll(alone);
console.log(
  `${counts.steps} steps in ${Math.round(performance.now() / 1000)} s: ${counts.different} differ, ${counts.excepted} for a known reason`,
);
const skipped = chosen.length - [...emulated.keys()].length;
if (skipped > 0) console.log(`${skipped} flows change the instance and need --instance`);

/** On one emulator, one after the other: each begins without the others' objects. */
async function replayAll(wanted: readonly string[]): Promise<Map<string, Map<string, string[]>>> {
  await using emulator = await startStage();
  const all = new Map<string, Map<string, string[]>>();
  for (const flow of wanted) all.set(flow, await replay(emulator, flow));
  return all;
}

/** Takes flows from a queue and plays them until it is empty. */
async function playAll(queue: string[]): Promise<void> {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const flow = next;
    const playFlow = () => playLive(zitadel, flow, emulated.get(flow) ?? new Map());
    try {
      const live = await (NEEDS_IMPERSONATION.test(flow) ? withImpersonation(zitadel, playFlow) : playFlow());
      for (const [step, problems] of live) compare(step, problems, emulated.get(flow)?.get(step) ?? []);
    } catch (error) {
      counts.different += 1;
      console.log(`${flow}: could not be played: ${error instanceof Error ? error.message : error}`);
    }
  }
}

function compare(step: string, problems: readonly string[], other: readonly string[]): void {
  counts.steps += 1;
  if (toPlaces(problems) === toPlaces(other)) return;
  const reason = reasons.get(step);
  if (reason !== undefined) {
    counts.excepted += 1;
    if (values.all) console.log(`${step}: ${reason}`);
    return;
  }
  counts.different += 1;
  console.log(step);
  for (const problem of problems) console.log(`  the instance: ${problem}`);
  for (const problem of other) console.log(`  the emulator: ${problem}`);
}
