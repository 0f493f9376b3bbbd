import { createHash, createPublicKey } from "node:crypto";
import type { JsonObject } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import { toNanoseconds } from "./event-payloads.ts";
import type { Store } from "./model/store.ts";
import type { Execution, Payload, Target, TargetKey } from "./model/target.ts";
import { newAggregate, newHistory, secretText, writeEvents, writePartEvents } from "./store.ts";

export type TargetSettings = Pick<Target, "name" | "kind" | "interruptOnError" | "timeoutMs" | "endpoint"> & {
  readonly payload?: Payload;
};

const SIGNING_KEY_LENGTH = 36;

/** Creates a target with a new signing key. */
export function createTarget(store: Store, settings: TargetSettings): Target {
  requireTimeout(settings.timeoutMs, "COMMAND-39f35d8uri");
  requireUrl(settings.endpoint, "COMMAND-1r2k6qo6wg", "COMMAND-NcJUKo");
  requireFreeName(store, settings.name);
  const identity = { aggregateType: "target", id: store.newId(), resourceOwner: store.instanceId };
  const signingKey = secretText(SIGNING_KEY_LENGTH);
  const target: Target = {
    ...newAggregate(store, identity),
    payload: undefined,
    ...settings,
    signingKey,
    publicKeys: new Map(),
  };
  store.targets.set(target.id, target);
  writeEvents(store, target, { type: "target.added", payload: eventPayload(settings) });
  return target;
}

/** Changes the given settings that differ. Optionally replaces the signing key. */
export function updateTarget(
  store: Store,
  target: Target,
  changes: Partial<TargetSettings>,
  newSigningKey: boolean,
): void {
  if (changes.timeoutMs !== undefined) requireTimeout(changes.timeoutMs, "COMMAND-08b39vdi57");
  if (changes.endpoint !== undefined) requireUrl(changes.endpoint, "COMMAND-jsbaera7b6", "COMMAND-jKbbu2");
  if (changes.name !== undefined && changes.name !== target.name) requireFreeName(store, changes.name);
  const names = Object.keys(changes) as (keyof TargetSettings)[];
  const changed = names.filter((name) => changes[name] !== target[name]);
  if (changed.length === 0 && !newSigningKey) return;
  Object.assign(target, changes);
  if (newSigningKey) target.signingKey = secretText(SIGNING_KEY_LENGTH);
  const changedSettings = Object.fromEntries(changed.map((name) => [name, changes[name]]));
  writeEvents(store, target, { type: "target.changed", payload: eventPayload(changedSettings) });
}

/** In the order of their numbers in events. */
const KINDS = ["restWebhook", "restCall", "restAsync"] as const;
const PAYLOADS: readonly Payload[] = [undefined, "json", "jwt", "jwe"];

/** Renames the settings as in events. */
function eventPayload({ kind, timeoutMs, payload, ...settings }: Partial<TargetSettings>): JsonObject {
  return {
    ...(settings as JsonObject),
    ...(kind === undefined ? {} : { targetType: KINDS.indexOf(kind) }),
    ...(timeoutMs === undefined ? {} : { timeout: toNanoseconds(timeoutMs) }),
    ...(payload === undefined ? {} : { payloadType: PAYLOADS.indexOf(payload) }),
  };
}

/** Removes a target, also from all executions. */
export function deleteTarget(store: Store, target: Target): void {
  store.targets.delete(target.id);
  for (const execution of store.executions.values()) {
    execution.targets = execution.targets.filter((id) => id !== target.id);
  }
  writeEvents(store, target, { type: "target.removed", payload: { name: target.name } });
}

/** Adds a public key to a target. It is not used until it is activated. */
export function addTargetKey(
  store: Store,
  targetId: string,
  publicKey: Uint8Array,
  expiresAt: number | undefined,
): TargetKey {
  if (expiresAt !== undefined && expiresAt < store.now()) {
    const message = "Key expiration date must be in the future";
    throw zitadelError(Code.InvalidArgument, "ErrExpirationDateBeforeNow", message);
  }
  const fingerprint = computeFingerprint(publicKey);
  const target = store.targets.get(targetId);
  if (target === undefined) {
    throw zitadelError(Code.FailedPrecondition, "ErrTargetNotFound", "Target not found");
  }
  const id = store.newId();
  const key: TargetKey = {
    ...newHistory(store.now()),
    id,
    publicKey,
    fingerprint,
    expiresAt,
    active: false,
  };
  target.publicKeys.set(id, key);
  const expirationDate = expiresAt === undefined ? {} : { expirationDate: new Date(expiresAt).toISOString() };
  const payload = { keyId: id, publicKey: Buffer.from(publicKey).toString("base64"), fingerprint };
  writePartEvents(store, target, key, {
    type: "target.key.added",
    payload: { ...payload, ...expirationDate },
  });
  return key;
}

function computeFingerprint(pem: Uint8Array): string {
  const { asymmetricKeyType, der } = parsePublicKey(pem);
  if (asymmetricKeyType === "rsa" || asymmetricKeyType === "ec") {
    return `SHA256:${createHash("sha256").update(der).digest("base64").replaceAll("=", "")}`;
  }
  const message = "The public key is invalid. Must be a PEM encoded RSA or ECDSA public key in PKCS#8 format";
  throw zitadelError(Code.InvalidArgument, "ErrPublicKeyFormat", message);
}

function parsePublicKey(pem: Uint8Array): { asymmetricKeyType?: string | undefined; der: Uint8Array } {
  try {
    const key = createPublicKey(Buffer.from(pem));
    return { asymmetricKeyType: key.asymmetricKeyType, der: key.export({ type: "spki", format: "der" }) };
  } catch {
    return { der: new Uint8Array() };
  }
}

/** Activates a key, which replaces any active one, or deactivates it. Does nothing if it already has that state. */
export function setTargetKeyActive(
  store: Store,
  targetId: string,
  keyId: string,
  active: boolean,
): TargetKey {
  const target = store.targets.get(targetId);
  const key = target?.publicKeys.get(keyId);
  if (target === undefined || key === undefined) {
    throw zitadelError(Code.FailedPrecondition, "ErrKeyNotFound", "Target not found");
  }
  if (active && key.expiresAt !== undefined && key.expiresAt < store.now()) {
    throw zitadelError(Code.FailedPrecondition, "ErrPublicKeyExpired", "Target public key is expired");
  }
  if (key.active === active) return key;
  for (const one of target.publicKeys.values()) one.active = false;
  key.active = active;
  const type = `target.key.${active ? "activated" : "deactivated"}`;
  writePartEvents(store, target, key, { type, payload: { keyId } });
  return key;
}

/** Removes an inactive key. Returns the time of the removal, or undefined if the key does not exist. */
export function removeTargetKey(store: Store, targetId: string, keyId: string): number | undefined {
  const target = store.targets.get(targetId);
  const key = target?.publicKeys.get(keyId);
  if (target === undefined || key === undefined) return undefined;
  if (key.active) {
    const message = "Cannot delete active target public key";
    throw zitadelError(Code.FailedPrecondition, "ErrPublicKeyDeleteActiveKey", message);
  }
  target.publicKeys.delete(keyId);
  writeEvents(store, target, { type: "target.key.removed", payload: { keyId } });
  return target.changedAt;
}

/** Sets the targets of a condition. */
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

/** The only type of an execution's entries; older versions could also include another execution. */
const TARGET = 2;

function requireTimeout(timeoutMs: number, id: string): void {
  if (timeoutMs === 0) throw zitadelError(Code.InvalidArgument, id, "Target has no timeout");
}

/**
 * Throws for an invalid URL. The server's deny list is empty here, since targets in tests are local, but it also denies
 * URLs without a host.
 */
function requireUrl(endpoint: string, invalid: string, denied: string): void {
  if (URL.canParse(endpoint) && new URL(endpoint).host !== "") return;
  throw /^[a-z][a-z\d+.-]*:\/\//i.test(endpoint)
    ? zitadelError(Code.InvalidArgument, invalid, "Target has an invalid URL")
    : zitadelError(Code.InvalidArgument, denied, "Errors.Target.DeniedURL");
}

function requireFreeName(store: Store, name: string): void {
  if ([...store.targets.values()].some((target) => target.name === name)) {
    throw zitadelError(Code.AlreadyExists, "V3-DKcYh", "Errors.Target.AlreadyExists");
  }
}
