/** How a command ends, for scripts and CI: by kind of failure. {@link EXIT_CODES} says what each means. */
export const ExitCode = {
  ok: 0,
  failed: 1,
  usage: 2,
  different: 3,
  notSignedIn: 4,
  notPermitted: 5,
  notFound: 6,
  conflict: 7,
  rejected: 8,
  unavailable: 9,
  unimplemented: 10,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** What each exit code means, as help and docs/cli.md say it. */
export const EXIT_CODES: Readonly<Record<ExitCode, string>> = {
  0: "Done; nothing that a script must know of",
  1: "It could not be done, for a reason that has no code of its own",
  2: "The command line or the configuration makes no sense; nothing was sent",
  3: "Done, and found what it was asked to look for: a difference, a finding",
  4: "No credential, or one that Zitadel does not accept",
  5: "The user lacks a permission",
  6: "There is no such object",
  7: "The object exists already, or was changed at the same time",
  8: "Zitadel refuses the request, or the state of the object does not allow it",
  9: "Zitadel cannot be reached, is overloaded or took too long: later it may work",
  10: "The server does not know the RPC",
};
