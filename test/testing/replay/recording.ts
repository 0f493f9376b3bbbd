import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";

/** The caller: an IAM_OWNER, a user without any role, the ORG_OWNER of `<secondOrg>`, the token in `bearer`, or nobody. */
export type StepCaller = "admin" | "limited" | "orgowner" | "bearer" | "system" | "none";

/** One exchange with a running Zitadel. `<id1>`, `<time>` and so on replace what the server chose. */
export interface Step {
  readonly name: string;
  /** For example `zitadel.org.v2beta.OrganizationService/CreateOrganization`. */
  readonly rpc?: string;
  /** The protocol of an RPC. Default: Connect with JSON. */
  readonly protocol?: "grpc";
  /** For requests that are not RPCs: method and path. */
  readonly http?: string;
  readonly caller: StepCaller;
  readonly bearer?: string;
  /** The header `x-zitadel-orgid`. */
  readonly organization?: string;
  readonly requestHeaders?: Readonly<Record<string, string>>;
  readonly request?: JsonValue;
  /** The status of HTTP, or the code of gRPC, where 0 means success. */
  readonly status: number;
  readonly code?: string;
  readonly errorId?: string;
  readonly message?: string;
  readonly detailTypes?: readonly string[];
  /** Only recorded for documents that are not RPCs. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly response?: JsonObject | string;
}

const FOLDER = new URL("../recordings/", import.meta.url);

/** The names of all recorded flows. */
export function flowNames(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".jsonl"))
    .map((file) => file.replace(".jsonl", ""));
}

export function readFlow(name: string): Step[] {
  const lines = readFileSync(new URL(`${name}.jsonl`, FOLDER), "utf8")
    .trim()
    .split("\n");
  // All lines have this form.
  return lines.map((line) => JSON.parse(line) as Step);
}

/** Steps to which the emulator responds differently, `flow/name`, each with the reason: this list may only shrink. */
const EXCEPTIONS = new URL("../recordings/exceptions.tsv", import.meta.url);

export function readExceptions(): Map<string, string> {
  const lines = readFileSync(EXCEPTIONS, "utf8").trim().split("\n");
  return new Map(
    lines.map((line) => {
      const [step = "", reason = ""] = line.split("\t");
      return [step, reason];
    }),
  );
}

export function writeExceptions(exceptions: ReadonlyMap<string, string>): void {
  const lines = [...exceptions].sort(([a], [b]) => (a < b ? -1 : 1)).map((one) => `${one.join("\t")}\n`);
  writeFileSync(EXCEPTIONS, lines.join(""));
}
