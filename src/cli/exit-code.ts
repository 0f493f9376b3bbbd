/** Exit codes of commands, by kind of failure, for scripts and CI. {@link EXIT_CODES} says what each means. */
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

/** What each exit code means, for help and docs/cli.md. */
export const EXIT_CODES: Readonly<Record<ExitCode, string>> = {
  0: "Success",
  1: "Failure for any other reason",
  2: "The command line or the configuration is invalid; nothing was sent",
  3: "Success, but there is something to report: a difference, a finding",
  4: "No credential, or Zitadel does not accept it",
  5: "The user lacks a permission",
  6: "The object does not exist",
  7: "The object already exists, or was changed at the same time",
  8: "Zitadel refuses the request, or the state of the object does not allow it",
  9: "Zitadel cannot be reached, is overloaded or took too long: try again later",
  10: "The server does not know the RPC",
};
