import type { CredentialStore } from "../../../service-users/credential-store.ts";
import type { CommonRotationOptions, GraceOptions } from "../../../service-users/rotation-options.ts";
import type { Command } from "../../command.ts";
import { type OptionSpecs, type OptionValues, parseChoice, parseOptions } from "../../command-line.ts";
import { CONNECTION_OPTIONS } from "../../connection/connection-options.ts";
import type { CredentialPlace, ResolvedConnection } from "../../connection/resolve.ts";
import { resolveConnection, resolveInstance } from "../../connection/resolve.ts";
import { UsageError } from "../../errors.ts";
import { ExitCode } from "../../exit-code.ts";
import { printJson } from "../../output/print.ts";
import type { Terminal } from "../../terminal.ts";
import { runInterruptible, withServiceUserErrors } from "./failures.ts";
import { openCommandStore, parseCount, parseExpiry, STORE_OPTIONS, toPath } from "./service-user-options.ts";

const OPTIONS = {
  ...STORE_OPTIONS,
  method: {
    type: "string",
    value: "key|secret|pat",
    help: "What --read-with prints. Default: key",
  },
  grace: {
    type: "string",
    value: "seconds",
    help: "How long the old one keeps working after the new one is stored. Default: 300",
  },
  "keep-old": { type: "boolean", help: "Do not remove the old one" },
  expires: {
    type: "string",
    value: "days|date",
    help: "When the new one expires: 90d, 2027-01-31. Default: in 365 days",
  },
  source: {
    type: "string",
    value: "local|server",
    help: "Where a new key pair is generated. Default: local, and only the public half is sent",
  },
  "old-id": {
    type: "string",
    value: "id",
    help: "The id of the token to replace, if the user has several: a token does not contain its\nid. `service-user list` shows the ids",
  },
  journal: {
    type: "string",
    value: "file",
    help: "With --write-with: a file that records the progress of the rotation for the next run,\nwithout secrets. Not needed for keys",
  },
  manager: {
    type: "string",
    value: "profile",
    help: "Rotate as the user of this profile (ORG_USER_MANAGER), not as the service user itself",
  },
  json: { type: "boolean", help: "Print one JSON document, for programs" },
  ...CONNECTION_OPTIONS,
} as const satisfies OptionSpecs;

/** `zitadel-connect service-user rotate` */
export const rotate: Command = {
  description:
    "Adds a new credential, signs in with it, replaces the file atomically (mode 0600), and removes the old one after " +
    "the grace time. It rotates the credential of --key-file, --token-file or --client-secret-file, the profile, or the environment. " +
    "Programs that use the file keep running without a failed call.\n\n" +
    "It is safe to interrupt: the file always has a credential that works, and the next run finishes the rotation. A client secret " +
    "has no grace time, since a user has only one at a time; keys are better.\n\n" +
    "A service user may rotate its own credential without any role.",
  options: OPTIONS,
  examples: [
    {
      line: "zitadel-connect service-user rotate --key-file service-user.json",
      help: "A new key replaces the old one, which keeps working for five minutes",
    },
    {
      line:
        'zitadel-connect service-user rotate \\\n  --read-with "vault kv get -mount=secret -field=key robot" \\\n' +
        '  --write-with "vault kv put -mount=secret robot key=-"',
      help: "The same, in a secret manager",
    },
  ],
  async run(args, terminal) {
    const values = parseOptions(OPTIONS, args);
    const store = await openCommandStore(values, terminal);
    const target = await findTarget(values, terminal, store);
    const { createClient } = await import("../../connection/open-client.ts");
    await using zitadel = createClient(target.connection, target.terminal);
    await showPlan(zitadel, target);
    const rotated = await withServiceUserErrors(() =>
      runInterruptible((signal) =>
        rotateTarget(zitadel, target, { ...toGraceOptions(values, terminal), signal }),
      ),
    );
    show(terminal, rotated, values.json === true);
    return ExitCode.ok;
  },
};

type Values = OptionValues<typeof OPTIONS>;

/** What to rotate, and as which user. */
interface Target {
  readonly method: "key" | "secret" | "pat";
  readonly place: { readonly file: string } | { readonly store: CredentialStore };
  readonly clientId: string | undefined;
  readonly connection: ResolvedConnection;
  /** A terminal whose environment has the client's credential. */
  readonly terminal: Terminal;
  readonly values: Values;
}

async function findTarget(
  values: Values,
  terminal: Terminal,
  store: CredentialStore | undefined,
): Promise<Target> {
  const method = parseChoice("method", ["key", "secret", "pat"], values.method);
  if (store !== undefined) return await findStored(values, terminal, store, method ?? "key");
  if (method !== undefined)
    throw new UsageError("--method is for --write-with: for a file, its option says what the file holds");
  const own = resolveConnection(values, terminal);
  const connection = values.manager === undefined ? own : resolveManager(values, terminal);
  return { ...toFile(own, terminal), connection, terminal, values };
}

/** Rotates the credential of the connection. */
function toFile(
  { credential, source }: ResolvedConnection,
  terminal: Terminal,
): Pick<Target, "method" | "place" | "clientId"> {
  const file = findFile(credential, terminal);
  if (file === undefined) {
    throw new UsageError(
      `${source}: a credential in the environment itself cannot be replaced; give --key-file, --token-file or ` +
        "--client-id with --client-secret-file, or --read-with and --write-with",
    );
  }
  const clientId = credential.kind === "client-secret" ? credential.clientId : undefined;
  return { ...file, clientId };
}

function findFile(place: CredentialPlace, terminal: Terminal): Pick<Target, "method" | "place"> | undefined {
  const { env } = terminal;
  switch (place.kind) {
    case "key-file":
      return { method: "key", place: { file: place.file } };
    case "token-file":
      return { method: "pat", place: { file: place.file } };
    case "client-secret":
      return { method: "secret", place: { file: place.file } };
    case "environment": {
      const [name] = place.variables;
      const file = toPath(env[name ?? ""] ?? "", terminal);
      if (name === "ZITADEL_KEY_FILE") return { method: "key", place: { file } };
      return name === "ZITADEL_SERVICE_USER_TOKEN_FILE" ? { method: "pat", place: { file } } : undefined;
    }
  }
}

/** Signs in with the stored credential itself, or as a manager. */
async function findStored(
  values: Values,
  terminal: Terminal,
  store: CredentialStore,
  method: Target["method"],
): Promise<Target> {
  const { "client-id": clientId } = values;
  if (method === "secret" && (clientId === undefined || values.manager === undefined)) {
    throw new UsageError(
      "--method secret: give --client-id, and --manager: a user cannot replace its own secret",
    );
  }
  if (values["read-with"] === undefined) {
    throw new UsageError("--read-with is missing: the stored credential must be read before it is replaced");
  }
  const rest = { method, place: { store }, clientId, values };
  if (values.manager !== undefined)
    return { ...rest, connection: resolveManager(values, terminal), terminal };
  const instance = resolveInstance(values, terminal);
  if (instance === undefined) throw new UsageError("Which instance? Set ZITADEL_API_URL, or give --url");
  const content = (await store.read())?.trim() ?? "";
  if (content === "") {
    throw new UsageError("--read-with printed nothing: `service-user create` stores the first one");
  }
  const variable = method === "key" ? "ZITADEL_KEY" : "ZITADEL_SERVICE_USER_TOKEN";
  const credential = { kind: "environment", variables: [variable] } as const;
  const as = { credential, source: "--read-with", profile: undefined, organization: undefined };
  // A token obtained with that credential is of no use to the next command.
  const connection = { ...instance, ...as, cache: false };
  return { ...rest, connection, terminal: { ...terminal, env: { [variable]: content } } };
}

function resolveManager(values: Values, terminal: Terminal): ResolvedConnection {
  const { manager: profile = "" } = values;
  return resolveConnection({ ...omitCredential(values), profile }, terminal);
}

function omitCredential(values: Values): Partial<Values> {
  const flags = ["key-file", "token-file", "client-id", "client-secret-file"];
  return Object.fromEntries(Object.entries(values).filter(([name]) => !flags.includes(name)));
}

function toGraceOptions(values: Values, terminal: Terminal): GraceOptions {
  const graceSeconds = parseCount("grace", values.grace);
  return {
    graceMs: graceSeconds === undefined ? undefined : graceSeconds * 1_000,
    keepOld: values["keep-old"],
    expirationDate: parseExpiry(values.expires),
    journalFile: values.journal === undefined ? undefined : toPath(values.journal, terminal),
  };
}

/**
 * Shows the permission that each step needs. A service user may replace its own credential without any.
 */
async function showPlan(zitadel: Client, { method, place, values, terminal }: Target): Promise<void> {
  const { toStep, requirePermissions } = await import("../../../service-users/steps.ts");
  const isOwn = values.manager === undefined;
  const permission = isOwn ? undefined : "user.write";
  const what = { key: "key", secret: "client secret", pat: "personal access token" }[method];
  const where = "file" in place ? place.file : "what --read-with prints";
  const steps = [
    toStep(
      "add-credential",
      `add another ${what}${method === "secret" ? ", which invalidates the old one" : ""}`,
      permission,
    ),
    toStep("sign-in", "sign in with it"),
    toStep("store", `replace ${where}`),
  ];
  const removal = toStep("remove-old", "remove the old one after the grace time", permission);
  const all = method === "secret" || values["keep-old"] === true ? steps : [...steps, removal];
  const lines = all.map(({ description, roles }) =>
    roles === undefined
      ? `  - ${description}\n`
      : `  - ${description}\n      requires ${permission}: ${roles}\n`,
  );
  const as = isOwn
    ? "as the service user itself, which needs no role"
    : `as the user of the profile ${values.manager}`;
  terminal.err(`To rotate ${where}, ${as}:\n${lines.join("")}`);
  if (isOwn) return;
  const { readCaller } = await import("../../../service-users/users.ts");
  const { listMyPermissions } = await import("../../../service-users/memberships.ts");
  const self = await readCaller(zitadel);
  const permissions = await listMyPermissions(zitadel, self.organizationId);
  await withServiceUserErrors(async () =>
    requirePermissions(all, permissions, JSON.stringify(self.loginName)),
  );
}

type Client = Parameters<typeof import("../../../service-users/rotate-key.ts").rotateKey>[0];

/** What every rotation reports. */
type Rotated = { readonly userId: string; readonly resumed: boolean; readonly expirationDate?: Date };

async function rotateTarget(zitadel: Client, target: Target, options: GraceOptions): Promise<Rotated> {
  const { method, place, clientId = "", values } = target;
  switch (method) {
    case "key": {
      const { rotateKey } = await import("../../../service-users/rotate-key.ts");
      const source = parseChoice("source", ["local", "server"], values.source);
      const where = "file" in place ? { keyFile: place.file } : place;
      return await rotateKey(zitadel, { ...options, ...where, source });
    }
    case "pat": {
      const { rotateToken } = await import("../../../service-users/rotate-token.ts");
      const where = "file" in place ? { tokenFile: place.file } : place;
      return await rotateToken(zitadel, { ...options, ...where, previousTokenId: values["old-id"] });
    }
    case "secret": {
      const { rotateSecret } = await import("../../../service-users/rotate-secret.ts");
      const { journalFile, signal }: CommonRotationOptions = options;
      const where = "file" in place ? { secretFile: place.file } : place;
      return await rotateSecret(zitadel, { journalFile, signal, ...where, clientId });
    }
  }
}

function show(terminal: Terminal, rotated: Rotated, isJson: boolean): void {
  if (isJson) {
    printJson(terminal, rotated);
    return;
  }
  const { userId, resumed, expirationDate } = rotated;
  const what = resumed
    ? "Finished a rotation that an earlier run had begun, of"
    : "Rotated the credential of";
  const until =
    expirationDate === undefined ? "" : `; the new one expires ${expirationDate.toISOString().slice(0, 10)}`;
  terminal.out(`${what} the user ${userId}${until}.\n`);
}
