import { createHash } from "node:crypto";
import type { AuthContext } from "../auth/auth-method.ts";
import { parseToken } from "../auth/credential/secret-format.ts";
import { unpackText } from "../auth/credential/stored-text.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import { checkOptions, requireKnown, requireObject, requireString } from "../shared/invalid-option.ts";
import { readOptionFile } from "../shared/option-file.ts";
import type { CredentialStore } from "./credential-store.ts";
import { addToken, listCredentials, removeToken } from "./credentials.ts";
import { formatTime, parseTime } from "./expiry-mark.ts";
import type { ServiceUserManager } from "./manager.ts";
import { type Checkpoint, type Rotation, type RotationKind, RotationRun } from "./rotation.ts";
import {
  FOREIGN,
  GRACE_KNOWN,
  type GraceOptions,
  requireContext,
  resolveGrace,
  resolveStore,
} from "./rotation-options.ts";
import { signIn } from "./sign-in.ts";

/** Options of {@link rotateToken}. */
export type RotateTokenOptions = GraceOptions & {
  /** The id of the token to replace, which the token itself does not contain. Default: the user's only one. */
  readonly previousTokenId?: string | undefined;
} & (
    | {
        /** The path of the file with the personal access token. Its directory must be writable. */
        readonly tokenFile: string;
        readonly store?: undefined;
      }
    | {
        /** Where to store the token instead. */
        readonly store: CredentialStore;
        readonly tokenFile?: undefined;
      }
  );

/** The result of a rotation. */
export interface RotatedToken {
  readonly userId: string;
  /** The id of the new token. */
  readonly tokenId: string;
  /** The id of the old token; empty if the old one is kept and its id is not known. */
  readonly previousTokenId: string;
  /** When the new token expires. */
  readonly expirationDate: Date;
  /** Whether this finished a rotation that an earlier run had begun. */
  readonly resumed: boolean;
}

/**
 * Replaces a personal access token and its file: creates a new token, makes a call with it, replaces the file
 * atomically (mode 0600), and removes the old token after a grace time. Until the last step, both work. A run that is
 * interrupted leaves the file `<tokenFile>.rotation`, with which the next run finishes the rotation.
 *
 * A token does not contain its id. If the user has several tokens, set `previousTokenId`; {@link listServiceUsers}
 * lists the ids.
 *
 * A service user may rotate its own token without any role; others need the permission `user.write` (ORG_USER_MANAGER).
 *
 * @throws TypeError if an option is invalid, a ZitadelError if a call fails
 */
export async function rotateToken(
  zitadel: ServiceUserManager,
  options: RotateTokenOptions,
): Promise<RotatedToken> {
  return await rotateTokenInSteps(zitadel, options, systemClock, () => Promise.resolve());
}

const CALLER = "rotateToken()";

const KNOWN: Record<keyof RotateTokenOptions, true> = {
  ...GRACE_KNOWN,
  previousTokenId: true,
  tokenFile: true,
  store: true,
};

/** `rotateToken()` with an injected clock and a callback between steps. */
export async function rotateTokenInSteps(
  zitadel: ServiceUserManager,
  options: RotateTokenOptions,
  clock: Clock,
  checkpoint: Checkpoint,
): Promise<RotatedToken> {
  const { path: _, ...resolved } = checkOptions(CALLER, () => {
    const context = requireContext(zitadel);
    requireObject("its second argument", options, "{ tokenFile }");
    requireKnown("", options, KNOWN, { ...FOREIGN, path: "tokenFile", token: "tokenFile" });
    if (options.previousTokenId !== undefined) requireString("previousTokenId", options.previousTokenId);
    const stored = resolveStore<Rotation>(options, "tokenFile", CALLER);
    if (stored.path !== undefined) {
      parseToken(unpackText(readOptionFile({ option: "tokenFile", path: stored.path })), "tokenFile");
    }
    return { context, ...stored, ...resolveGrace(options, clock), signal: options.signal };
  });
  const kind = createTokenKind({ zitadel, context: resolved.context, clock }, options);
  const run = new RotationRun({ ...resolved, zitadel, kind, caller: CALLER, clock, checkpoint });
  const { id: tokenId, previousId: previousTokenId, ...rest } = await run.finish();
  return { tokenId, previousTokenId, ...rest };
}

interface Environment {
  readonly zitadel: ServiceUserManager;
  readonly context: AuthContext;
  readonly clock: Clock;
}

function createTokenKind(
  environment: Environment,
  { previousTokenId, signal }: RotateTokenOptions,
): RotationKind {
  const { zitadel } = environment;
  const list: RotationKind["list"] = (owner) => listCredentials(zitadel, "tokens", [owner], { signal });
  return {
    // A token has too many random bits for anybody to guess it from its digest.
    mark: (content) => createHash("sha256").update(unpackText(content)).digest("hex"),
    async inspect(content, needsId) {
      const token = unpackText(content);
      const { userId } = await signIn({ method: "pat", content: token }, { ...environment, signal });
      if (previousTokenId !== undefined) return { userId, id: previousTokenId };
      const all = await list({ userId });
      const [only] = all.length === 1 ? all : [];
      if (only === undefined && needsId) throw createSeveralTokensError(userId, all);
      return { userId, id: only?.id ?? "" };
    },
    prepare: () => Promise.resolve({}),
    add: (rotation) => addToken(zitadel, rotation, parseTime(rotation.expires), { signal }),
    restore: () => undefined,
    list,
    remove: (owner, id) => removeToken(zitadel, owner, id, { signal }),
    usable: (content) => ({ method: "pat", content: unpackText(content) }),
    leavesMarks: false,
  };
}

function createSeveralTokensError(userId: string, all: Awaited<ReturnType<RotationKind["list"]>>): Error {
  const lines = all.map(({ id, createdAt, expires }) => {
    const until = expires === undefined ? "" : `, until ${formatTime(expires).slice(0, 10)}`;
    return `${id} (created ${createdAt?.toISOString().slice(0, 16) ?? "at an unknown time"}${until})`;
  });
  const found = lines.length === 0 ? "none that this client may see" : lines.join("; ");
  return new Error(
    `${CALLER}: a token does not contain its id, and the user ${userId} has ${found}. ` +
      "Say which one to remove (previousTokenId), or keep it (keepOld)",
  );
}
