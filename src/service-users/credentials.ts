import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import { KeyType } from "../../gen/zitadel/auth_n_key_pb.js";
import { ManagementService } from "../../gen/zitadel/management_pb.js";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { isUnimplemented } from "../errors/guards.ts";
import type { ServiceUserManager } from "./manager.ts";
import { ignoreGone, withOrganization } from "./users.ts";
import { withFallback } from "./with-fallback.ts";

/** The user that owns credentials. */
export interface Owner {
  readonly userId: string;
  /** The organization, which v1 needs. Default: the client's. */
  readonly organizationId?: string | undefined;
}

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** A key or a personal access token, as the server lists it. */
export interface ListedCredential {
  readonly id: string;
  readonly userId: string;
  readonly createdAt: Date | undefined;
  /** With microsecond precision. */
  readonly expires: Timestamp | undefined;
}

/** Registers a public key, or lets the server create a key pair: only then is there `content`, the key file. */
export async function addKey(
  zitadel: ServiceUserManager,
  owner: Owner,
  key: {
    readonly publicKey?: Uint8Array | undefined;
    readonly expirationDate: Pick<Timestamp, "seconds" | "nanos">;
  },
  options: CallOptions,
): Promise<{ readonly id: string; readonly content: string | undefined }> {
  const { userId, organizationId } = owner;
  const own = key.publicKey === undefined ? {} : { publicKey: key.publicKey };
  const { expirationDate } = key;
  return await withFallback(
    async () => {
      const service = zitadel.client(UserService);
      const { keyId, keyContent } = await service.addKey({ userId, expirationDate, ...own }, options);
      return { id: keyId, content: toText(keyContent) };
    },
    async () => {
      const management = withOrganization(zitadel, organizationId).client(ManagementService);
      const request = { userId, type: KeyType.JSON, expirationDate, ...own };
      const { keyId, keyDetails } = await management.addMachineKey(request, options);
      return { id: keyId, content: toText(keyDetails) };
    },
  );
}

/** Removes a key, unless it is already gone. */
export async function removeKey(
  zitadel: ServiceUserManager,
  { userId, organizationId }: Owner,
  keyId: string,
  options: CallOptions = {},
): Promise<void> {
  await ignoreGone(() =>
    withFallback<unknown>(
      () => zitadel.client(UserService).removeKey({ userId, keyId }, options),
      () =>
        withOrganization(zitadel, organizationId)
          .client(ManagementService)
          .removeMachineKey({ userId, keyId }, options),
    ),
  );
}

/** Creates a client secret, which replaces the user's existing one. */
export async function addSecret(
  zitadel: ServiceUserManager,
  { userId, organizationId }: Owner,
  options: CallOptions = {},
): Promise<string> {
  return await withFallback(
    async () => (await zitadel.client(UserService).addSecret({ userId }, options)).clientSecret,
    async () => {
      const management = withOrganization(zitadel, organizationId).client(ManagementService);
      return (await management.generateMachineSecret({ userId }, options)).clientSecret;
    },
  );
}

/** Removes the client secret, unless it is already gone. */
export async function removeSecret(
  zitadel: ServiceUserManager,
  { userId, organizationId }: Owner,
): Promise<void> {
  await ignoreGone(() =>
    withFallback<unknown>(
      () => zitadel.client(UserService).removeSecret({ userId }),
      () =>
        withOrganization(zitadel, organizationId).client(ManagementService).removeMachineSecret({ userId }),
    ),
  );
}

/** Creates a personal access token. */
export async function addToken(
  zitadel: ServiceUserManager,
  { userId, organizationId }: Owner,
  expirationDate: Pick<Timestamp, "seconds" | "nanos">,
  options: CallOptions = {},
): Promise<{ readonly id: string; readonly content: string }> {
  return await withFallback(
    async () => {
      const service = zitadel.client(UserService);
      const { tokenId, token } = await service.addPersonalAccessToken({ userId, expirationDate }, options);
      return { id: tokenId, content: token };
    },
    async () => {
      const management = withOrganization(zitadel, organizationId).client(ManagementService);
      const request = { userId, expirationDate };
      const { tokenId, token } = await management.addPersonalAccessToken(request, options);
      return { id: tokenId, content: token };
    },
  );
}

/** Removes a personal access token, unless it is already gone. */
export async function removeToken(
  zitadel: ServiceUserManager,
  { userId, organizationId }: Owner,
  tokenId: string,
  options: CallOptions = {},
): Promise<void> {
  await ignoreGone(() =>
    withFallback<unknown>(
      () => zitadel.client(UserService).removePersonalAccessToken({ userId, tokenId }, options),
      () =>
        withOrganization(zitadel, organizationId)
          .client(ManagementService)
          .removePersonalAccessToken({ userId, tokenId }, options),
    ),
  );
}

type Kind = "keys" | "tokens";

/** The keys or the tokens of some users. */
export async function listCredentials(
  zitadel: ServiceUserManager,
  kind: Kind,
  owners: readonly Owner[],
  options: CallOptions = {},
): Promise<ListedCredential[]> {
  try {
    return await listCurrent(zitadel, kind, owners, options);
  } catch (error) {
    if (!isUnimplemented(error)) throw error;
    const lists = owners.map((owner) => listV1(zitadel, kind, owner, options));
    return (await Promise.all(lists)).flat();
  }
}

/** Lists the credentials of all users at once, or of one user by a filter. */
async function listCurrent(
  zitadel: ServiceUserManager,
  kind: Kind,
  owners: readonly Owner[],
  options: CallOptions,
): Promise<ListedCredential[]> {
  const ids = new Set(owners.map(({ userId }) => userId));
  const [only] = ids.size === 1 ? ids : [];
  const filters =
    only === undefined ? [] : [{ filter: { case: "userIdFilter" as const, value: { id: only } } }];
  const service = zitadel.client(UserService);
  const list =
    kind === "keys"
      ? service.listKeys({ filters }, options)
      : service.listPersonalAccessTokens({ filters }, options);
  const found: ListedCredential[] = [];
  for await (const { id, userId, creationDate, expirationDate } of list) {
    if (!ids.has(userId)) continue;
    found.push({
      id,
      userId,
      createdAt: creationDate && timestampDate(creationDate),
      expires: expirationDate,
    });
  }
  return found;
}

async function listV1(
  zitadel: ServiceUserManager,
  kind: Kind,
  { userId, organizationId }: Owner,
  options: CallOptions,
): Promise<ListedCredential[]> {
  const management = withOrganization(zitadel, organizationId).client(ManagementService);
  const list =
    kind === "keys"
      ? management.listMachineKeys({ userId }, options)
      : management.listPersonalAccessTokens({ userId }, options);
  const found: ListedCredential[] = [];
  for await (const { id, details, expirationDate } of list) {
    const created = details?.creationDate;
    found.push({ id, userId, createdAt: created && timestampDate(created), expires: expirationDate });
  }
  return found;
}

function toText(bytes: Uint8Array): string | undefined {
  return bytes.length === 0 ? undefined : Buffer.from(bytes).toString();
}
