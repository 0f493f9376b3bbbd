/** How a command ends, for scripts and CI. Documented in docs/regenerating.md. */
export const ExitCode = {
  /** Done; nothing that a script must know of. */
  ok: 0,
  /** It could not be done. */
  failed: 1,
  /** The command line or the configuration makes no sense. */
  usage: 2,
  /** It was done, and found a difference that it was asked to look for. */
  different: 3,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
