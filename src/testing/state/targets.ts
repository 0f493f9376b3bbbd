import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import type { Store } from "./model/store.ts";
import type { Execution, Target } from "./model/target.ts";
import { newAggregate, secretText, writeEvents } from "./store.ts";

/** What a target is made from, and what of it can be changed. */
export type TargetSettings = Pick<Target, "name" | "kind" | "interruptOnError" | "timeoutMs" | "endpoint">;

const SIGNING_KEY_LENGTH = 36;

/** Stores a new target, with a signing key of its own. */
export function createTarget(store: Store, settings: TargetSettings): Target {
  requireTimeout(settings.timeoutMs, "COMMAND-39f35d8uri");
  requireUrl(settings.endpoint, "COMMAND-1r2k6qo6wg");
  requireFreeName(store, settings.name);
  const identity = { aggregateType: "target", id: store.newId(), resourceOwner: store.instanceId };
  const signingKey = secretText(SIGNING_KEY_LENGTH);
  const target: Target = { ...newAggregate(store, identity), ...settings, signingKey };
  store.targets.set(target.id, target);
  writeEvents(store, target, {
    type: "target.added",
    payload: { name: target.name, endpoint: target.endpoint },
  });
  return target;
}

/** Changes what is given of a target, and its signing key if asked to. */
export function updateTarget(
  store: Store,
  target: Target,
  changes: Partial<TargetSettings>,
  newSigningKey: boolean,
): void {
  if (changes.timeoutMs !== undefined) requireTimeout(changes.timeoutMs, "COMMAND-08b39vdi57");
  if (changes.endpoint !== undefined) requireUrl(changes.endpoint, "COMMAND-jsbaera7b6");
  if (changes.name !== undefined && changes.name !== target.name) requireFreeName(store, changes.name);
  const names = Object.keys(changes) as (keyof TargetSettings)[];
  const changed = names.filter((name) => changes[name] !== target[name]);
  if (changed.length === 0 && !newSigningKey) return;
  Object.assign(target, changes);
  if (newSigningKey) target.signingKey = secretText(SIGNING_KEY_LENGTH);
  const payload = Object.fromEntries(
    changed.flatMap((name) => (name === "kind" ? [] : [[name, target[name]]])),
  );
  writeEvents(store, target, { type: "target.changed", payload });
}

/** Removes a target, also from the executions that name it. */
export function deleteTarget(store: Store, target: Target): void {
  store.targets.delete(target.id);
  for (const execution of store.executions.values()) {
    execution.targets = execution.targets.filter((id) => id !== target.id);
  }
  writeEvents(store, target, { type: "target.removed", payload: { name: target.name } });
}

/** Sets the targets of a condition; without any, there is no execution for it. */
export function setExecution(store: Store, condition: string, targets: readonly string[]): Execution {
  if (targets.some((id) => !store.targets.has(id))) {
    throw zitadelError(Code.NotFound, "COMMAND-17e8fq1ggk", "Target not found");
  }
  const identity = { aggregateType: "execution", id: condition, resourceOwner: store.instanceId };
  const execution = store.executions.get(condition) ?? { ...newAggregate(store, identity), targets: [] };
  if (execution.targets.join() === targets.join() && execution.sequence > 0) return execution;
  execution.targets = targets;
  store.executions.set(condition, execution);
  const payload = { targets: targets.map((target) => ({ type: TARGET, target })) };
  writeEvents(store, execution, { type: "execution.v2.set", payload });
  return execution;
}

/** The one type of what is called: another execution could be included once. */
const TARGET = 2;

function requireTimeout(timeoutMs: number, id: string): void {
  if (timeoutMs === 0) throw zitadelError(Code.InvalidArgument, id, "Target has no timeout");
}

/** The server also refuses addresses of its deny list, which is empty here: targets of tests are on this machine. */
function requireUrl(endpoint: string, id: string): void {
  if (!URL.canParse(endpoint)) throw zitadelError(Code.InvalidArgument, id, "Errors.Target.InvalidURL");
}

function requireFreeName(store: Store, name: string): void {
  if ([...store.targets.values()].some((target) => target.name === name)) {
    throw zitadelError(Code.AlreadyExists, "V3-DKcYh", "Errors.Target.AlreadyExists");
  }
}
