import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Duration, durationFromMs, durationMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type {
  ActionService,
  CreateTargetRequest,
  UpdateTargetRequest,
} from "../../../gen/zitadel/action/v2beta/action_service_pb.js";
import type { ExecutionSchema } from "../../../gen/zitadel/action/v2beta/execution_pb.js";
import {
  type ExecutionSearchFilter,
  ExecutionType,
  type TargetSearchFilter,
} from "../../../gen/zitadel/action/v2beta/query_pb.js";
import type { TargetSchema } from "../../../gen/zitadel/action/v2beta/target_pb.js";
import { FUNCTIONS, formatCondition, parseCondition } from "../actions/conditions.ts";
import { zitadelError } from "../errors.ts";
import type { Handlers } from "../handlers.ts";
import type { ServiceRegistry } from "../rpc/service-registry.ts";
import type { Store } from "../state/model/store.ts";
import type { Execution, Payload, Target } from "../state/model/target.ts";
import {
  createTarget,
  deleteTarget,
  setExecution,
  type TargetSettings,
  updateTarget,
} from "../state/targets.ts";
import { findRemovalDate } from "./details.ts";
import { findPage, type ListRequest, type Page, type SortKeys, toPagination } from "./lists.ts";
import { textMatches } from "./matching.ts";

/** zitadel.action.v2beta.ActionService */
export function createActionV2beta(store: Store, registry: ServiceRegistry): Handlers<typeof ActionService> {
  return {
    createTarget: (request) => {
      const { name, endpoint } = request;
      const timeoutMs = toMilliseconds(request.timeout) ?? 0;
      const payload = parsePayload(request);
      const target = createTarget(store, { name, endpoint, timeoutMs, payload, ...parseKind(request) });
      return {
        id: target.id,
        creationDate: timestampFromMs(target.createdAt),
        signingKey: target.signingKey,
      };
    },
    updateTarget: (request) => {
      const target = findTarget(store, request.id, "COMMAND-xj14f2cccn");
      const newKey = request.expirationSigningKey !== undefined;
      const payload = parsePayload(request);
      const changes = { ...parseChanges(request), ...(payload === undefined ? {} : { payload }) };
      updateTarget(store, target, changes, newKey);
      const { changedAt, signingKey } = target;
      return { changeDate: timestampFromMs(changedAt), ...(newKey ? { signingKey } : {}) };
    },
    deleteTarget: ({ id }) => {
      const target = store.targets.get(id);
      if (target !== undefined) deleteTarget(store, target);
      const deletionDate = findRemovalDate(store, id, "target.removed");
      return deletionDate === undefined ? {} : { deletionDate };
    },
    getTarget: ({ id }) => ({ target: toTargetView(findTarget(store, id, "QUERY-hj5oaniyrz")) }),
    listTargets: (request) => {
      const page = listTargets(store, request);
      return { pagination: toPagination(page), targets: page.items.map(toTargetView) };
    },
    setExecution: async ({ condition, targets }) => {
      const id = parseCondition(condition, await registry.methods());
      return { setDate: timestampFromMs(setExecution(store, id, targets).changedAt) };
    },
    listExecutions: (request) => {
      const set = [...store.executions.values()].filter(({ targets }) => targets.length > 0);
      const found = set.filter((execution) => request.filters.every((one) => isAbout(execution, one)));
      const page = findPage(found, request, EXECUTION_KEYS);
      return { pagination: toPagination(page), executions: page.items.map(toExecutionView) };
    },
    listExecutionFunctions: () => ({ functions: [...FUNCTIONS] }),
    listExecutionMethods: async () => ({ methods: [...(await registry.methods())].sort() }),
    listExecutionServices: async () => {
      const services = [...(await registry.methods())].map((method) => method.split("/")[1] ?? "");
      return { services: [...new Set(services)].sort() };
    },
  };
}

/** Finds a target. Throws an error with the id `unknown` if there is none. */
export function findTarget(store: Store, id: string, unknown: string): Target {
  const target = store.targets.get(id);
  if (target === undefined) throw zitadelError(Code.NotFound, unknown, "Target not found");
  return target;
}

type Kind = Pick<TargetSettings, "kind" | "interruptOnError">;

function parseKind({ targetType }: Pick<CreateTargetRequest, "targetType">): Kind {
  const { case: kind = "restCall", value } = targetType;
  return {
    kind,
    interruptOnError: value !== undefined && "interruptOnError" in value && value.interruptOnError,
  };
}

function parseChanges({ name, endpoint, timeout, targetType }: UpdateTargetRequest): Partial<TargetSettings> {
  const timeoutMs = toMilliseconds(timeout);
  return {
    ...(name === undefined ? {} : { name }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(targetType.case === undefined ? {} : parseKind({ targetType })),
  };
}

function toMilliseconds(duration: Duration | undefined): number | undefined {
  return duration === undefined ? undefined : durationMs(duration);
}

/** By the numbers of the enum in v2, which the pinned API does not have. */
const PAYLOADS: readonly Payload[] = [undefined, "json", "jwt", "jwe"];

function parsePayload(request: object): Payload {
  return "payloadType" in request ? PAYLOADS[Number(request.payloadType)] : undefined;
}

/** The number of a payload type in the API. */
export function toPayloadType(payload: Payload): number {
  return PAYLOADS.indexOf(payload);
}

/** Finds a page of targets. */
export function listTargets(store: Store, request: ListRequest<TargetSearchFilter>): Page<Target> {
  const found = [...store.targets.values()].filter((target) =>
    request.filters.every((one) => isWanted(target, one)),
  );
  return findPage(found, request, TARGET_KEYS);
}

const TARGET_KEYS: SortKeys<Target> = [
  ({ createdAt }) => createdAt,
  ({ id }) => id,
  ({ createdAt }) => createdAt,
  ({ changedAt }) => changedAt,
  ({ name }) => name,
  ({ kind }) => ["restWebhook", "restCall", "restAsync"].indexOf(kind),
  ({ endpoint }) => endpoint,
  ({ timeoutMs }) => timeoutMs,
  ({ interruptOnError }) => Number(interruptOnError),
];

const EXECUTION_KEYS: SortKeys<Execution> = [
  ({ createdAt }) => createdAt,
  ({ id }) => id,
  ({ createdAt }) => createdAt,
  ({ changedAt }) => changedAt,
];

export function toTargetView(target: Target): MessageInitShape<typeof TargetSchema> {
  const { id, name, endpoint, signingKey, kind, interruptOnError } = target;
  return {
    id,
    name,
    endpoint,
    signingKey,
    creationDate: timestampFromMs(target.createdAt),
    changeDate: timestampFromMs(target.changedAt),
    timeout: durationFromMs(target.timeoutMs),
    targetType:
      kind === "restAsync" ? { case: kind, value: {} } : { case: kind, value: { interruptOnError } },
  };
}

function isWanted(target: Target, { filter }: TargetSearchFilter): boolean {
  switch (filter.case) {
    case "targetNameFilter":
      return textMatches(target.name, filter.value.targetName, filter.value.method);
    case "inTargetIdsFilter":
      return filter.value.targetIds.includes(target.id);
    default:
      return true;
  }
}

function toExecutionView(execution: Execution): MessageInitShape<typeof ExecutionSchema> {
  return {
    condition: formatCondition(execution.id),
    creationDate: timestampFromMs(execution.createdAt),
    changeDate: timestampFromMs(execution.changedAt),
    targets: [...execution.targets],
  };
}

function isAbout({ id, targets }: Execution, { filter }: ExecutionSearchFilter): boolean {
  switch (filter.case) {
    case "inConditionsFilter":
      return filter.value.conditions.some((condition) => parseCondition(condition) === id);
    case "executionTypeFilter":
      return id.split("/")[0] === ExecutionType[filter.value.executionType]?.toLowerCase();
    case "targetFilter":
      return targets.includes(filter.value.targetId);
    default:
      return true;
  }
}
