import { Code, ZitadelError } from "zitadel-connect";

/** What Acme's services tell apart. */
export type AcmeProblem = "not-found" | "already-exists" | "unavailable" | "forbidden" | "bug";

/** The one error of this package: a word to decide on, and what support asks for. */
export class AcmeIdentityError extends Error {
  override readonly name = "AcmeIdentityError";
  readonly problem: AcmeProblem;
  /** Under which Zitadel's log has the request. */
  readonly requestId: string | undefined;

  constructor(problem: AcmeProblem, cause: ZitadelError) {
    super(`${problem}: ${cause.method}`, { cause });
    this.problem = problem;
    this.requestId = cause.requestId;
  }
}

const PROBLEMS = new Map<Code, AcmeProblem>([
  [Code.NotFound, "not-found"],
  [Code.AlreadyExists, "already-exists"],
  [Code.Unavailable, "unavailable"],
  [Code.DeadlineExceeded, "unavailable"],
  [Code.PermissionDenied, "forbidden"],
  [Code.Unauthenticated, "forbidden"],
]);

/** Runs a call of Zitadel, whose errors become Acme's. */
export async function translated<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof ZitadelError)) throw error;
    throw new AcmeIdentityError(PROBLEMS.get(error.code) ?? "bug", error);
  }
}
