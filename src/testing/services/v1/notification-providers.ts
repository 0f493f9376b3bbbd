import { Code } from "@connectrpc/connect";
import type { AdminService } from "../../../../gen/zitadel/admin_pb.js";
import {
  EmailProviderState,
  SMSProviderConfigState,
  SMTPConfigState,
} from "../../../../gen/zitadel/settings_pb.js";
import { zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import type { History } from "../../state/model/aggregate.ts";
import type { NotificationProvider } from "../../state/model/notification-provider.ts";
import type { Store } from "../../state/model/store.ts";
import {
  addNotificationProvider,
  changeNotificationProvider,
  changeProviderSecret,
  findLastChange,
  findProviderState,
  listNotificationProviders,
  removeNotificationProvider,
  requireEndpoint,
  requireSender,
  setProviderState,
  toHttpSettings,
} from "../../state/notification-providers.ts";
import { toAddDetailsV1, toChangeDetailsV1, toObjectDetailsV1 } from "../details.ts";
import { toListResponse } from "./lists.ts";

/** Email and SMS providers. The emulator sends nothing. RPCs with `SMTPConfig` in their names are the older ones. */
export function createNotificationProvidersV1(store: Store): Handlers<typeof AdminService> {
  const mail = createMailRpcs(store);
  return {
    ...createReadHandlers(store),
    ...createSmsRpcs(store),
    getFileSystemNotificationProvider: noDebugProvider,
    getLogNotificationProvider: noDebugProvider,
    addSMTPConfig: mail.add,
    addEmailProviderSMTP: mail.add,
    updateSMTPConfig: mail.update,
    updateEmailProviderSMTP: mail.update,
    updateSMTPConfigPassword: mail.updatePassword,
    updateEmailProviderSMTPPassword: mail.updatePassword,
    activateSMTPConfig: mail.activate,
    activateEmailProvider: mail.activate,
    deactivateSMTPConfig: mail.deactivate,
    deactivateEmailProvider: mail.deactivate,
    removeSMTPConfig: mail.remove,
    removeEmailProvider: mail.remove,
    addEmailProviderHTTP: ({ endpoint, description }) => {
      requireEndpoint(endpoint);
      const kind = { channel: "email", kind: "http" } as const;
      const provider = addNotificationProvider(store, kind, {
        description,
        settings: toHttpSettings(endpoint),
      });
      return { id: provider.id, details: toChangeDetails(store, provider), ...findSigningKey(provider) };
    },
    updateEmailProviderHTTP: (request) => {
      requireEndpoint(request.endpoint);
      const provider = store.notificationProviders.get(request.id);
      if (provider?.kind !== "http") throw mailNotFound("COMMAND-xIrdledqv4");
      return changeHttp(store, provider, request);
    },
  };
}

/** Throws: by default, a server does not have providers that write messages to a file or the log. */
function noDebugProvider(): never {
  throw zitadelError(Code.NotFound, "QUERY-s9ujf", "Errors.NotificationProvider.NotFound");
}

interface Mail {
  readonly senderAddress: string;
  readonly senderName: string;
  readonly tls: boolean;
  readonly host: string;
  readonly user: string;
  readonly password: string;
  readonly replyToAddress: string;
  readonly description: string;
}

interface ById {
  readonly id: string;
}

function createMailRpcs(store: Store) {
  return {
    add: (request: Mail) => {
      requireSender(store, request, { address: "COMMAND-SAAFpV8VKV", host: "COMMAND-EvAtufIinh" });
      const kind = { channel: "email", kind: "smtp" } as const;
      const hasPassword = request.user !== "" || request.password !== "";
      const provider = addNotificationProvider(store, kind, toProvider(request), hasPassword);
      return { id: provider.id, details: toChangeDetails(store, provider) };
    },
    update: ({ id, ...request }: Mail & ById) => {
      requireSender(store, request, { address: "COMMAND-gyPUXOTA4N", host: "COMMAND-kZNVkuL32L" });
      const provider = store.notificationProviders.get(id);
      if (findProviderState(store, "email", id) === undefined) throw mailNotFound("COMMAND-j5IDFtt3T1");
      if (provider?.kind !== "smtp")
        return { details: toChangeDetails(store, findLastChange(store, "email")) };
      const wanted = toProvider({ ...request, senderAddress: request.senderAddress.trim() });
      const newPassword = request.password !== "" || (request.user !== "" && !provider.hasPassword);
      return {
        details: toChangeDetails(store, changeNotificationProvider(store, provider, wanted, newPassword)),
      };
    },
    updatePassword: ({ id }: ById) => {
      const provider = store.notificationProviders.get(id);
      if (provider?.kind !== "smtp" || !provider.active) throw mailNotFound("COMMAND-rDHzqjGuKQ");
      return { details: toChangeDetails(store, changeProviderSecret(store, provider)) };
    },
    activate: ({ id }: ById) => ({
      details: toAddDetails(store, setProviderState(store, "email", id, "active")),
    }),
    deactivate: ({ id }: ById) => ({
      details: toAddDetails(store, setProviderState(store, "email", id, "inactive")),
    }),
    remove: ({ id }: ById) => ({
      details: toChangeDetails(store, removeNotificationProvider(store, "email", id)),
    }),
  };
}

function createSmsRpcs(store: Store): Handlers<typeof AdminService> {
  const find = (id: string, kind: NotificationProvider["kind"], errorId: string): NotificationProvider => {
    const provider = store.notificationProviders.get(id);
    if (provider?.channel === "sms" && provider.kind === kind) return provider;
    throw zitadelError(Code.NotFound, errorId, "SMS configuration not found");
  };
  return {
    addSMSProviderTwilio: ({ description, sid, senderNumber, verifyServiceSid }) => {
      const kind = { channel: "sms", kind: "twilio" } as const;
      const settings = { sid, senderNumber, verifyServiceSid };
      const provider = addNotificationProvider(store, kind, { description, settings });
      return { id: provider.id, details: toAddDetails(store, provider) };
    },
    updateSMSProviderTwilio: ({ id, description, sid, senderNumber, verifyServiceSid }) => {
      const provider = find(id, "twilio", "COMMAND-MUY0IFAf8O");
      const settings = { sid, senderNumber, verifyServiceSid };
      return {
        details: toChangeDetails(
          store,
          changeNotificationProvider(store, provider, { description, settings }),
        ),
      };
    },
    updateSMSProviderTwilioToken: ({ id }) => ({
      details: toChangeDetails(store, changeProviderSecret(store, find(id, "twilio", "COMMAND-ij3NhEHATp"))),
    }),
    addSMSProviderHTTP: ({ endpoint, description }) => {
      requireEndpoint(endpoint);
      const kind = { channel: "sms", kind: "http" } as const;
      const provider = addNotificationProvider(store, kind, {
        description,
        settings: toHttpSettings(endpoint),
      });
      return { id: provider.id, details: toAddDetails(store, provider), ...findSigningKey(provider) };
    },
    updateSMSProviderHTTP: (request) => {
      requireEndpoint(request.endpoint);
      return changeHttp(store, find(request.id, "http", "COMMAND-6NW4I5Kqzj"), request);
    },
    activateSMSProvider: ({ id }) => ({
      details: toAddDetails(store, setProviderState(store, "sms", id, "active")),
    }),
    deactivateSMSProvider: ({ id }) => ({
      details: toAddDetails(store, setProviderState(store, "sms", id, "inactive")),
    }),
    removeSMSProvider: ({ id }) => ({
      details: toAddDetails(store, removeNotificationProvider(store, "sms", id)),
    }),
  };
}

interface HttpChange {
  readonly endpoint: string;
  readonly description: string;
  /** If set, the signing key is replaced. Only in newer versions of the API. */
  readonly expirationSigningKey?: unknown;
}

function changeHttp(store: Store, provider: NotificationProvider, request: HttpChange) {
  const { endpoint, description, expirationSigningKey } = request;
  const isRenewed = expirationSigningKey !== undefined;
  const settings = { ...(isRenewed ? toHttpSettings(endpoint) : provider.settings), endpoint };
  const history = changeNotificationProvider(store, provider, { description, settings });
  return { details: toChangeDetails(store, history), ...(isRenewed ? findSigningKey(provider) : {}) };
}

/** Finds the signing key, which newer versions of the API show, even in reads. */
function findSigningKey({ settings }: NotificationProvider): object {
  return { signingKey: settings["signingKey"] };
}

function createReadHandlers(store: Store): Handlers<typeof AdminService> {
  const find = (isWanted: (one: NotificationProvider) => boolean): NotificationProvider => {
    const provider = listNotificationProviders(store, "email").find(isWanted);
    if (provider === undefined) throw mailNotFound("QUERY-fwofw");
    return provider;
  };
  const byId = ({ id: wanted }: ById) => find(({ id }) => id === wanted);
  const active = () => find((one) => one.active);
  return {
    listEmailProviders: (request) =>
      toListResponse(store, request, listNotificationProviders(store, "email"), {
        view: (one) => toEmailView(store, one),
      }),
    getEmailProvider: () => ({ config: toEmailView(store, active()) }),
    getEmailProviderById: (request) => ({ config: toEmailView(store, byId(request)) }),
    listSMTPConfigs: (request) =>
      toListResponse(store, request, listNotificationProviders(store, "email"), {
        view: ({ settings: { replyToAddress: _, endpoint: __, ...settings }, ...one }) => ({
          ...toSmtpView(store, { ...one, settings }),
          state: one.active ? SMTPConfigState.SMTP_CONFIG_ACTIVE : SMTPConfigState.SMTP_CONFIG_INACTIVE,
        }),
      }),
    getSMTPConfig: () => toOlderView(store, active()),
    getSMTPConfigById: (request) => toOlderView(store, byId(request)),
    listSMSProviders: (request) =>
      toListResponse(store, request, listNotificationProviders(store, "sms"), {
        view: (one) => toSmsView(store, one),
      }),
    getSMSProvider: ({ id }) => {
      const provider = store.notificationProviders.get(id);
      if (provider?.channel === "sms") return { config: toSmsView(store, provider) };
      throw zitadelError(Code.NotFound, "QUERY-fn99w", "Errors.SMSConfig.NotExisting");
    },
  };
}

function toEmailView(store: Store, provider: NotificationProvider) {
  const { id, kind, description, active, settings } = provider;
  const details = toObjectDetailsV1(toOwned(store, provider));
  const state = active
    ? EmailProviderState.EMAIL_PROVIDER_ACTIVE
    : EmailProviderState.EMAIL_PROVIDER_INACTIVE;
  const config =
    kind === "http" ? { case: kind, value: settings } : { case: "smtp" as const, value: settings };
  return { details, id, state, description, config };
}

function toSmsView(store: Store, provider: NotificationProvider) {
  const { id, kind, description, active, settings } = provider;
  const details = toObjectDetailsV1(toOwned(store, provider));
  const { SMS_PROVIDER_CONFIG_ACTIVE, SMS_PROVIDER_CONFIG_INACTIVE } = SMSProviderConfigState;
  const state = active ? SMS_PROVIDER_CONFIG_ACTIVE : SMS_PROVIDER_CONFIG_INACTIVE;
  const config =
    kind === "http" ? { case: kind, value: settings } : { case: "twilio" as const, value: settings };
  return { details, id, state, description, config };
}

/** The number that the server returns for inactive providers, which the API does not define. */
const INACTIVE = 3;

function toOlderView(store: Store, provider: NotificationProvider) {
  if (provider.kind !== "smtp") return {};
  const state: number = provider.active ? SMTPConfigState.SMTP_CONFIG_ACTIVE : INACTIVE;
  return { smtpConfig: { ...toSmtpView(store, provider), state } };
}

function toSmtpView(store: Store, { id, description, settings, ...history }: NotificationProvider) {
  return { details: toObjectDetailsV1(toOwned(store, history)), id, description, ...settings };
}

function toProvider({ description, password: _, ...mail }: Mail) {
  const { senderAddress, senderName, tls, host, user, replyToAddress } = mail;
  return {
    description: description.trim(),
    settings: {
      senderAddress,
      senderName,
      tls,
      host: host.trim(),
      user,
      replyToAddress: replyToAddress.trim(),
    },
  };
}

function toOwned({ instanceId }: Store, { sequence, createdAt, changedAt }: History) {
  return { sequence, createdAt, changedAt, resourceOwner: instanceId };
}

function toAddDetails(store: Store, history: History) {
  return toAddDetailsV1(toOwned(store, history));
}

function toChangeDetails(store: Store, history: History) {
  return toChangeDetailsV1(toOwned(store, history));
}

function mailNotFound(id: string): Error {
  return zitadelError(Code.NotFound, id, "SMTP configuration not found");
}
