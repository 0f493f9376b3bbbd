import type { JsonObject } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import { fakeEncrypted, omitEmpty } from "./event-payloads.ts";
import { listEventTypes } from "./event-types.ts";
import type { History } from "./model/aggregate.ts";
import type { NotificationProvider } from "./model/notification-provider.ts";
import type { Store } from "./model/store.ts";
import { findPolicy } from "./policies.ts";
import { differences, newHistory, secretText, writePartEvents } from "./store.ts";

type Channel = NotificationProvider["channel"];
type Settings = NotificationProvider["settings"];

/** The event types and errors of each channel. */
const CHANNELS = {
  email: {
    events: "instance.smtp.config.",
    unknown: "SMTP configuration not found",
    unknownIds: { active: "COMMAND-E9K20hxOS9", inactive: "COMMAND-k39PJ", removed: "COMMAND-09CXlTDL6w" },
    active: ["COMMAND-vUHBSmBzaw", "Errors.SMTPConfig.AlreadyActive"],
    inactive: ["COMMAND-km8g3", "SMTP configuration already deactivated"],
  },
  sms: {
    events: "instance.sms.config",
    unknown: "SMS configuration not found",
    unknownIds: {
      active: "COMMAND-9ULtp9PH5E",
      inactive: "COMMAND-La91dGNhbM",
      removed: "COMMAND-povEVHPCkV",
    },
    active: ["COMMAND-B25GFeIvRi", "SMS configuration already active"],
    inactive: ["COMMAND-OSZAEkYvk7", "SMS configuration already deactivated"],
  },
} as const;

const EVENTS = { smtp: "", http: "http.", twilio: "twilio." } as const;

/** The providers of a channel, in the order in which they were added. */
export function listNotificationProviders(store: Store, channel: Channel): NotificationProvider[] {
  return [...store.notificationProviders.values()].filter((one) => one.channel === channel);
}

/** Adds an inactive provider. */
export function addNotificationProvider(
  store: Store,
  { channel, kind }: Pick<NotificationProvider, "channel" | "kind">,
  { description, settings }: Pick<NotificationProvider, "description" | "settings">,
  hasPassword = false,
): NotificationProvider {
  const id = store.newId();
  const history = newHistory(store.now());
  const provider = { ...history, id, channel, kind, active: false, description, settings, hasPassword };
  store.notificationProviders.set(id, provider);
  const payload = { id, ...omitEmpty({ description, ...settings }), ...getSecret(kind, hasPassword) };
  writePartEvents(store, store.instance, provider, { type: toType(provider, "added"), payload });
  return provider;
}

const SIGNING_KEY_LENGTH = 36;

/** Settings of an HTTP provider, with a new signing key. */
export function toHttpSettings(endpoint: string): Settings {
  return { endpoint, signingKey: secretText(SIGNING_KEY_LENGTH) };
}

/** Changes the settings that differ. Returns the last change of the provider or, if nothing differs, of the channel. */
export function changeNotificationProvider(
  store: Store,
  provider: NotificationProvider,
  { description, settings }: Pick<NotificationProvider, "description" | "settings">,
  hasPassword = false,
): History {
  const before: Settings = { ...provider.settings, description: provider.description };
  // Only defined values differ, so this is JSON.
  const changed = differences<Settings>(before, { ...settings, description }) as JsonObject;
  if (hasPassword) changed["password"] = fakeEncrypted("smtpKey");
  if (changed["signingKey"] !== undefined) changed["signingKey"] = fakeEncrypted("smtpKey");
  if (Object.keys(changed).length === 0) return findLastChange(store, provider.channel);
  Object.assign(provider, { description, settings, hasPassword: hasPassword || provider.hasPassword });
  const payload = { id: provider.id, ...changed };
  writePartEvents(store, store.instance, provider, { type: toType(provider, "changed"), payload });
  return provider;
}

/** Replaces the secret of a provider. */
export function changeProviderSecret(store: Store, provider: NotificationProvider): History {
  const { id, kind } = provider;
  const secret = kind === "twilio" ? "token" : "password";
  provider.hasPassword = true;
  const type = toType(provider, `${secret}.changed`);
  writePartEvents(store, store.instance, provider, {
    type,
    payload: { id, [secret]: fakeEncrypted("smtpKey") },
  });
  return provider;
}

/** Activates a provider, which replaces the active one, or deactivates it. */
export function setProviderState(
  store: Store,
  channel: Channel,
  id: string,
  state: "active" | "inactive",
): History {
  const current = requireState(store, channel, id, state);
  const [already, message] = CHANNELS[channel][state];
  if (current === state) throw zitadelError(Code.FailedPrecondition, already, message);
  const history = newHistory(store.now());
  const type = `${CHANNELS[channel].events}${state === "active" ? "activated" : "deactivated"}`;
  writePartEvents(store, store.instance, history, { type, payload: { id } });
  for (const one of listNotificationProviders(store, channel)) {
    const active = state === "active" && one.id === id;
    if (one.active === active) continue;
    Object.assign(one, { active, sequence: history.sequence, changedAt: history.changedAt });
  }
  return history;
}

export function removeNotificationProvider(store: Store, channel: Channel, id: string): History {
  requireState(store, channel, id, "removed");
  const history = newHistory(store.now());
  const type = `${CHANNELS[channel].events}removed`;
  store.notificationProviders.delete(id);
  writePartEvents(store, store.instance, history, { type, payload: { id } });
  return history;
}

/** Finds the last change of the channel, which the server returns if nothing changes. */
export function findLastChange(store: Store, channel: Channel): History {
  const types = listEventTypes().filter((type) => type.startsWith(CHANNELS[channel].events));
  const event = store.events.findLast({ aggregateTypes: ["instance"], eventTypes: types });
  const { sequence, at } = event ?? {
    sequence: store.instance.sequence,
    at: store.instance.changedAt * 1_000,
  };
  const changedAt = Math.floor(at / 1_000);
  return { sequence, changedAt, createdAt: changedAt };
}

/**
 * Finds the state of a provider. Once any provider of the channel has been activated, the server mistakes every unknown
 * id for that of an inactive provider, unless a provider with that id has been removed since.
 */
export function findProviderState(
  store: Store,
  channel: Channel,
  id: string,
): "active" | "inactive" | undefined {
  const provider = store.notificationProviders.get(id);
  if (provider?.channel === channel) return provider.active ? "active" : "inactive";
  const { events } = CHANNELS[channel];
  const eventsOfState = store.events.find({
    aggregateTypes: ["instance"],
    eventTypes: [`${events}activated`, `${events}removed`],
    asc: false,
    limit: Number.POSITIVE_INFINITY,
  });
  const last = eventsOfState.find(
    ({ type, payload }) => type.endsWith("activated") || payload?.["id"] === id,
  );
  return last?.type.endsWith("activated") === true ? "inactive" : undefined;
}

function requireState(
  store: Store,
  channel: Channel,
  id: string,
  wanted: "active" | "inactive" | "removed",
): "active" | "inactive" {
  const { unknownIds, unknown } = CHANNELS[channel];
  const state = findProviderState(store, channel, id);
  if (state === undefined) throw zitadelError(Code.NotFound, unknownIds[wanted], unknown);
  return state;
}

/** Throws if the sender address is not allowed, or the host has no port. */
export function requireSender(
  store: Store,
  { senderAddress, host }: { readonly senderAddress: string; readonly host: string },
  ids: { readonly address: string; readonly host: string },
): void {
  if (senderAddress.trim() === "") throw invalid(ids.address);
  if (!HOST_AND_PORT.test(host.trim())) throw invalid(ids.host);
  const { smtpSenderAddressMatchesInstanceDomain: mustMatch } = findPolicy(
    store,
    "domain",
    store.instanceId,
  ).values;
  const domain = senderAddress.trim().split("@").at(-1) ?? "";
  if (!mustMatch || store.settings.customDomains.has(domain)) return;
  const message = "The sender address must be configured as Custom Domain on the instance.";
  throw zitadelError(Code.InvalidArgument, "INST-xtWIiR2ZbR", message);
}

const HOST_AND_PORT = /^(\[[^[\]]*\]|[^:[\]]*):[^:[\]]*$/;

/** Throws for an invalid endpoint. The server's deny list is empty here, but it also denies URLs without a host. */
export function requireEndpoint(endpoint: string): void {
  if (URL.canParse(endpoint) && new URL(endpoint).host !== "") return;
  if (/^[a-z\d/]/i.test(endpoint) && !/[[\]\p{Cc}]/u.test(endpoint)) {
    const message = "Errors.NotificationProvider.Blocked.Endpoint";
    throw zitadelError(Code.InvalidArgument, "COMMAND-Uf0294nKls", message);
  }
  throw invalid("COMMAND-Sz84nFo3aK");
}

function invalid(id: string): Error {
  return zitadelError(Code.InvalidArgument, id, "Errors.Invalid.Argument");
}

function toType({ channel, kind }: NotificationProvider, what: string): string {
  return `${CHANNELS[channel].events}${EVENTS[kind]}${what}`;
}

function getSecret(kind: NotificationProvider["kind"], hasPassword: boolean): JsonObject {
  if (kind === "smtp") return hasPassword ? { plainAuth: { password: fakeEncrypted("smtpKey") } } : {};
  return kind === "http" ? { signingKey: fakeEncrypted("smtpKey") } : { token: fakeEncrypted("smtpKey") };
}
