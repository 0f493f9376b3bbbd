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
  TargetFieldName,
  type TargetSearchFilter,
} from "../../../gen/zitadel/action/v2beta/query_pb.js";
import type { TargetSchema } from "../../../gen/zitadel/action/v2beta/target_pb.js";
import { FUNCTIONS, formatCondition, parseCondition } from "../actions/conditions.ts";
import { zitadelError } from "../errors.ts";
import type { Handlers } from "../handlers.ts";
import type { ServiceRegistry } from "../rpc/service-registry.ts";
import type { Store } from "../state/model/store.ts";
import type { Execution, Target } from "../state/model/target.ts";
import {
  createTarget,
  deleteTarget,
  setExecution,
  type TargetSettings,
  updateTarget,
} from "../state/targets.ts";
import { limitedPageOf, pagination } from "./lists.ts";
import { textMatches } from "./matching.ts";

/** zitadel.action.v2beta.ActionService */
export function actionV2beta(store: Store, registry: ServiceRegistry): Handlers<typeof ActionService> {
  const find = (id: string, errorId: string): Target => {
    const target = store.targets.get(id);
    if (target === undefined) throw zitadelError(Code.NotFound, errorId, "Target not found");
    return target;
  };
  return {
    createTarget: (request) => {
      const { name, endpoint } = request;
      const timeoutMs = milliseconds(request.timeout) ?? 0;
      const target = createTarget(store, { name, endpoint, timeoutMs, ...kindOf(request) });
      return {
        id: target.id,
        creationDate: timestampFromMs(target.createdAt),
        signingKey: target.signingKey,
      };
    },
    updateTarget: (request) => {
      const target = find(request.id, "COMMAND-xj14f2cccn");
      const newKey = request.expirationSigningKey !== undefined;
      updateTarget(store, target, changesOf(request), newKey);
      const { changedAt, signingKey } = target;
      return { changeDate: timestampFromMs(changedAt), ...(newKey ? { signingKey } : {}) };
    },
    deleteTarget: ({ id }) => {
      const target = store.targets.get(id);
      if (target !== undefined) deleteTarget(store, target);
      return { deletionDate: timestampFromMs(target?.changedAt ?? store.now()) };
    },
    getTarget: ({ id }) => ({ target: targetView(find(id, "QUERY-hj5oaniyrz")) }),
    listTargets: ({ filters, pagination: request, sortingColumn }) => {
      const found = [...store.targets.values()].filter((target) =>
        filters.every((one) => isWanted(target, one)),
      );
      const page = limitedPageOf(found, request, sortKey(sortingColumn));
      return { pagination: pagination(page), targets: page.items.map(targetView) };
    },
    setExecution: async ({ condition, targets }) => {
      const id = parseCondition(condition, await registry.methods());
      return { setDate: timestampFromMs(setExecution(store, id, targets).changedAt) };
    },
    listExecutions: ({ filters, pagination: request }) => {
      const set = [...store.executions.values()].filter(({ targets }) => targets.length > 0);
      const found = set.filter((execution) => filters.every((one) => isAbout(execution, one)));
      const page = limitedPageOf(found, request, ({ id }) => id);
      return { pagination: pagination(page), executions: page.items.map(executionView) };
    },
    listExecutionFunctions: () => ({ functions: [...FUNCTIONS] }),
    listExecutionMethods: async () => ({ methods: [...(await registry.methods())].sort() }),
    listExecutionServices: async () => {
      const services = [...(await registry.methods())].map((method) => method.split("/")[1] ?? "");
      return { services: [...new Set(services)].sort() };
    },
  };
}

type Kind = Pick<TargetSettings, "kind" | "interruptOnError">;

function kindOf({ targetType }: Pick<CreateTargetRequest, "targetType">): Kind {
  const { case: kind = "restCall", value } = targetType;
  return {
    kind,
    interruptOnError: value !== undefined && "interruptOnError" in value && value.interruptOnError,
  };
}

function changesOf({ name, endpoint, timeout, targetType }: UpdateTargetRequest): Partial<TargetSettings> {
  const timeoutMs = milliseconds(timeout);
  return {
    ...(name === undefined ? {} : { name }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(targetType.case === undefined ? {} : kindOf({ targetType })),
  };
}

function milliseconds(duration: Duration | undefined): number | undefined {
  return duration === undefined ? undefined : durationMs(duration);
}

function targetView(target: Target): MessageInitShape<typeof TargetSchema> {
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

function sortKey(column: TargetFieldName | undefined): (target: Target) => string | number {
  if (column === TargetFieldName.NAME) return ({ name }) => name;
  if (column === TargetFieldName.CREATED_DATE) return ({ createdAt }) => createdAt;
  return column === TargetFieldName.CHANGED_DATE ? ({ changedAt }) => changedAt : ({ id }) => id;
}

function executionView(execution: Execution): MessageInitShape<typeof ExecutionSchema> {
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
