import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import type { Condition, ConditionSchema } from "../../../gen/zitadel/action/v2beta/execution_pb.js";
import { zitadelError } from "../errors.ts";
import { listEventTypes } from "../state/event-types.ts";
import type { Store } from "../state/model/store.ts";
import type { Target } from "../state/model/target.ts";

/** The functions that can call targets. */
export const FUNCTIONS: readonly string[] = ["preuserinfo", "preaccesstoken", "presamlresponse"];

/**
 * Converts a condition to the server's id of its execution, such as `request`, `request/<service>/<method>`,
 * `event/user.human.*` or `function/preaccesstoken`. With `methods` (`/<service>/<method>`), throws if it names
 * something unknown.
 */
export function parseCondition(condition: Condition | undefined, methods?: ReadonlySet<string>): string {
  const { case: type, value } = condition?.conditionType ?? { case: undefined };
  switch (type) {
    case undefined:
      throw invalid(Code.InvalidArgument, "ACTION-5r5Ju");
    case "event":
      return parseEvent(value.condition, methods !== undefined);
    case "function":
      if (methods === undefined || FUNCTIONS.includes(value.name)) return `function/${value.name}`;
      throw invalid(Code.NotFound, "COMMAND-cdy39t0ksr");
    default:
      return `${type}${parseRpc(value.condition, methods)}`;
  }
}

type RpcCondition = Extract<Condition["conditionType"], { case: "request" }>["value"]["condition"];

function parseRpc({ case: what, value }: RpcCondition, methods: ReadonlySet<string> | undefined): string {
  if (what === undefined || !value) throw invalid(Code.InvalidArgument, "COMMAND-3tkej630e6");
  if (what === "all") return "";
  if (what === "method") {
    if (methods?.has(value) === false) throw invalid(Code.NotFound, "COMMAND-vysplsevt8");
    return value;
  }
  const isKnown = methods === undefined || [...methods].some((method) => method.startsWith(`/${value}/`));
  if (!isKnown) throw invalid(Code.NotFound, "COMMAND-qu6dfhiioq");
  return `/${value}`;
}

type EventCondition = Extract<Condition["conditionType"], { case: "event" }>["value"]["condition"];

function parseEvent({ case: what, value: name }: EventCondition, isChecked: boolean): string {
  if (what === undefined || !name) throw invalid(Code.InvalidArgument, "COMMAND-w5smb6v7qu");
  if (what === "all") return "event";
  if (isChecked) requireEvents(what, name);
  return what === "event" || name.endsWith(GROUP) ? `event/${name}` : `event/${name}${GROUP}`;
}

function requireEvents(what: "event" | "group", name: string): void {
  const types = listEventTypes();
  const isKnown = what === "event" ? types.includes(name) : types.some((type) => type.startsWith(name));
  if (isKnown) return;
  throw invalid(Code.NotFound, what === "event" ? "COMMAND-74aaqj8fv9" : "COMMAND-er5oneb5lz");
}

const GROUP = ".*";

function invalid(code: Code, id: string): Error {
  return zitadelError(code, id, "Execution condition is invalid");
}

/** Converts the id of an execution to its condition. */
export function formatCondition(id: string): MessageInitShape<typeof ConditionSchema> {
  const [type = "", ...rest] = id.split("/");
  const name = rest.join("/");
  if (type === "function") return { conditionType: { case: "function", value: { name } } };
  if (type === "event") {
    if (name === "")
      return { conditionType: { case: "event", value: { condition: { case: "all", value: true } } } };
    const [what, value] = name.endsWith(GROUP)
      ? (["group", name.slice(0, -GROUP.length)] as const)
      : (["event", name] as const);
    return { conditionType: { case: "event", value: { condition: { case: what, value } } } };
  }
  const condition =
    name === ""
      ? ({ case: "all", value: true } as const)
      : rest.length > 1
        ? ({ case: "method", value: `/${name}` } as const)
        : ({ case: "service", value: name } as const);
  return { conditionType: { case: type === "request" ? "request" : "response", value: { condition } } };
}

/** Finds the targets for a condition: those of its own execution, or else of the most specific one that includes it. */
export function findTargets(store: Store, id: string): Target[] {
  const set = [...store.executions.values()].filter(({ targets }) => targets.length > 0);
  const covering = set
    .filter((execution) => execution.id === id || id.startsWith(execution.id.replace(/\.\*$/, "")))
    .sort((a, b) => Number(b.id === id) - Number(a.id === id) || b.id.length - a.id.length);
  return (covering[0]?.targets ?? []).flatMap((target) => store.targets.get(target) ?? []);
}
