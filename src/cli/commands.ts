import type { Command } from "./command.ts";

/** A command's line in the overview, and how to load the rest. */
export interface CommandEntry {
  /** One line, without a period. */
  readonly summary: string;
  /** The heading that the overview lists it under. */
  readonly group: "Calls" | "Signing in" | "Service users" | "Code" | "Tests" | "Help";
  /** Loaded on demand, so that no command pays for the imports of another. */
  load(): Promise<Command>;
}

/** All commands, by name, in the order of the overview. A name may have two words, such as `service-user create`. */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  call: {
    summary: "Call any RPC",
    group: "Calls",
    load: async () => (await import("./commands/call.ts")).call,
  },
  list: {
    summary: "List the services that can be called",
    group: "Calls",
    load: async () => (await import("./commands/describe.ts")).list,
  },
  describe: {
    summary: "Describe a service, an RPC or a type, by its name or part of it",
    group: "Calls",
    load: async () => (await import("./commands/describe.ts")).describe,
  },
  events: {
    summary: "Show what happens on an instance, as it happens",
    group: "Calls",
    load: async () => (await import("./commands/events.ts")).events,
  },
  login: {
    summary: "Store the url of an instance and the path of a credential as a profile",
    group: "Signing in",
    load: async () => (await import("./commands/login.ts")).login,
  },
  logout: {
    summary: "Delete a profile and the tokens obtained with it",
    group: "Signing in",
    load: async () => (await import("./commands/logout.ts")).logout,
  },
  whoami: {
    summary: "Show which user calls which instance, with which roles",
    group: "Signing in",
    load: async () => (await import("./commands/whoami.ts")).whoami,
  },
  token: {
    summary: "Print an access token, for curl and other programs",
    group: "Signing in",
    load: async () => (await import("./commands/token.ts")).token,
  },
  doctor: {
    summary: "Find out, step by step, why a client does not work",
    group: "Signing in",
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
  "service-user create": {
    summary: "Create a service user with roles and a working credential",
    group: "Service users",
    load: async () => (await import("./commands/service-user/create.ts")).create,
  },
  "service-user rotate": {
    summary: "Replace the credential of a service user while programs keep running",
    group: "Service users",
    load: async () => (await import("./commands/service-user/rotate.ts")).rotate,
  },
  "service-user list": {
    summary: "List service users with age, expiry and last use of their credentials",
    group: "Service users",
    load: async () => (await import("./commands/service-user/list.ts")).list,
  },
  "service-user audit": {
    summary: "Report problems with service users and their credentials",
    group: "Service users",
    load: async () => (await import("./commands/service-user/audit.ts")).audit,
  },
  "service-user permissions": {
    summary: "Compare the roles of a service user with what its program calls",
    group: "Service users",
    load: async () => (await import("./commands/service-user/permissions.ts")).permissions,
  },
  generate: {
    summary: "Generate clients for the API of an instance, or of any other source",
    group: "Code",
    load: async () => (await import("./commands/generate.ts")).generate,
  },
  diff: {
    summary: "Show what was added, deprecated, removed and broken between two APIs",
    group: "Code",
    load: async () => (await import("./commands/diff.ts")).diff,
  },
  emulator: {
    summary: "Run a Zitadel for development and tests on this machine",
    group: "Tests",
    load: async () => (await import("./commands/emulator.ts")).emulator,
  },
  completion: {
    summary: "Print a script that lets a shell complete commands, RPCs and fields",
    group: "Help",
    load: async () => (await import("./commands/completion.ts")).completion,
  },
};

/** A command, and the arguments after its name. */
export interface FoundCommand {
  readonly name: string;
  readonly entry: CommandEntry;
  readonly rest: readonly string[];
}

/** Finds the command that arguments begin with. */
export function findCommand(args: readonly string[]): FoundCommand | undefined {
  for (const words of [2, 1]) {
    const name = args.slice(0, words).join(" ");
    const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (entry !== undefined) return { name, entry, rest: args.slice(words) };
  }
  return undefined;
}
