import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Duration, durationFromMs, durationMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import {
  ActionFieldName,
  type ActionSchema,
  ActionState,
  type FlowSchema,
  FlowState,
} from "../../../../gen/zitadel/action_pb.js";
import type { ActionQuery, ManagementService } from "../../../../gen/zitadel/management_pb.js";
import { zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import {
  changeAction,
  clearFlow,
  createAction,
  findFlow,
  removeAction,
  setActionState,
  setTriggerActions,
} from "../../state/actions.ts";
import type { Action } from "../../state/model/action.ts";
import type { Store } from "../../state/model/store.ts";
import { toAddDetailsV1, toChangeDetailsV1 } from "../details.ts";
import { toLocalized } from "../events-v1.ts";
import { textMatches } from "../matching.ts";
import { type Matchers, matchesQueries, toListResponse } from "./lists.ts";
import { readOrganization } from "./organizations.ts";

/** Actions of an organization and the flows that run them. The emulator does not run the scripts. */
export function createActionsV1(store: Store): Handlers<typeof ManagementService> {
  const own = (id: string, organizationId: string, unknown: string): Action => {
    const action = store.actions.get(id);
    if (action?.resourceOwner === organizationId) return action;
    throw zitadelError(Code.NotFound, unknown, "Action not found");
  };
  return {
    listActions: (request, { organizationId }) => {
      const found = [...store.actions.values()].filter(
        (one) => one.resourceOwner === organizationId && matchesQueries(one, request.queries, MATCHERS),
      );
      return toListResponse(store, request, found, {
        sortKey: SORT_KEYS[request.sortingColumn],
        view: toActionView,
      });
    },
    getAction: ({ id }, { organizationId }) => ({
      action: toActionView(own(id, organizationId, "QUERY-GEfnb")),
    }),
    createAction: (request, { organizationId }) => {
      const action = createAction(store, organizationId, toSettings(request));
      return { id: action.id, details: toAddDetailsV1(action) };
    },
    updateAction: ({ id, ...request }, { organizationId }) => {
      const action = own(id, organizationId, "COMMAND-Sfg2t");
      changeAction(store, action, toSettings(request));
      return { details: toAddDetailsV1(action) };
    },
    deactivateAction: ({ id }, { organizationId }) => {
      const action = own(id, organizationId, "COMMAND-NRmhu");
      setActionState(store, action, "inactive");
      return { details: toAddDetailsV1(action) };
    },
    reactivateAction: ({ id }, { organizationId }) => {
      const action = own(id, organizationId, "COMMAND-Aa22g");
      setActionState(store, action, "active");
      return { details: toAddDetailsV1(action) };
    },
    deleteAction: ({ id }, { organizationId }) => {
      const action = own(id, organizationId, "COMMAND-Dgh4h");
      removeAction(store, readOrganization(store, organizationId), action);
      return {};
    },
    ...createFlowHandlers(store),
  };
}

const SORT_KEYS: Partial<Record<ActionFieldName, (action: Action) => string | number>> = {
  [ActionFieldName.NAME]: ({ name }) => name,
  [ActionFieldName.ID]: ({ id }) => id,
  [ActionFieldName.STATE]: ({ state }) => ACTION_STATE[state],
};

const ACTION_STATE = { active: ActionState.ACTIVE, inactive: ActionState.INACTIVE } as const;

const MATCHERS: Matchers<Action, ActionQuery> = {
  actionIdQuery: (action, { id }) => action.id === id,
  actionNameQuery: (action, { name, method }) => textMatches(action.name, name, method),
  actionStateQuery: (action, { state }) => ACTION_STATE[action.state] === state,
};

function toSettings(request: {
  readonly name: string;
  readonly script: string;
  readonly timeout?: Duration | undefined;
  readonly allowedToFail: boolean;
}) {
  const { name, script, timeout, allowedToFail } = request;
  return { name, script, timeoutMs: timeout === undefined ? 0 : durationMs(timeout), allowedToFail };
}

/** Converts an action to the form in which v1 shows it. Like the server, omits when it was created. */
function toActionView(action: Action): MessageInitShape<typeof ActionSchema> {
  const details = toChangeDetailsV1(action);
  const { id, name, script, timeoutMs, allowedToFail, state } = action;
  const timeout = durationFromMs(timeoutMs);
  return { id, details, state: ACTION_STATE[state], name, script, timeout, allowedToFail };
}

/** The flow types by number, each with its trigger types. */
const FLOW_TYPES = [
  { key: "Unspecified", triggers: [] },
  { key: "ExternalAuthentication", triggers: [1, 2, 3] },
  { key: "CustomiseToken", triggers: [4, 5] },
  { key: "InternalAuthentication", triggers: [1, 2, 3] },
  { key: "CustomizeSAMLResponse", triggers: [6] },
] as const;

const TRIGGERS = [
  "Unspecified",
  "PostAuthentication",
  "PreCreation",
  "PostCreation",
  "PreUserinfoCreation",
  "PreAccessTokenCreation",
  "PreSAMLResponseCreation",
] as const;

function createFlowHandlers(store: Store): Handlers<typeof ManagementService> {
  return {
    listFlowTypes: () => ({ result: [1, 2, 3, 4].map(toFlowType) }),
    listFlowTriggerTypes: ({ type }) => {
      const { triggers } = FLOW_TYPES[parseFlowType(type)] ?? FLOW_TYPES[0];
      if (triggers.length === 0) throw zitadelError(Code.NotFound, "MANAG-P2OBk", "Errors.NotFound");
      return { result: triggers.map(toTriggerType) };
    },
    getFlow: ({ type }, { organizationId }) => ({
      flow: toFlowView(store, organizationId, parseFlowType(type)),
    }),
    clearFlow: ({ type }, { organizationId }) => {
      const organization = readOrganization(store, organizationId);
      const flow = clearFlow(store, organization, parseFlowType(type));
      return { details: toChangeDetailsV1({ ...flow, resourceOwner: organizationId }) };
    },
    setTriggerActions: ({ flowType, triggerType: triggerId, actionIds }, { organizationId }) => {
      const [type, trigger] = [parseFlowType(flowType), Number(triggerId)];
      if (type === 0) throw zitadelError(Code.InvalidArgument, "COMMAND-Dfhj5", "FlowType missing");
      const known: readonly number[] = FLOW_TYPES[type]?.triggers ?? [];
      if (!known.includes(trigger)) {
        throw zitadelError(Code.InvalidArgument, "COMMAND-Dfgh6", "TriggerType is invalid");
      }
      const organization = readOrganization(store, organizationId);
      const flow = setTriggerActions(store, organization, { type, trigger, actionIds });
      return { details: toAddDetailsV1({ ...flow, resourceOwner: organizationId }) };
    },
  };
}

/** Parses the flow type of a request. Unknown ones become 0. */
function parseFlowType(id: string): number {
  const type = Number(id);
  return FLOW_TYPES[type] === undefined ? 0 : type;
}

function toFlowType(type: number) {
  return { id: String(type), name: toLocalized("Action.Flow.Type", FLOW_TYPES[type]?.key ?? "Unspecified") };
}

function toTriggerType(trigger: number) {
  return { id: String(trigger), name: toLocalized("Action.TriggerType", TRIGGERS[trigger] ?? "Unspecified") };
}

function toFlowView(store: Store, organizationId: string, type: number): MessageInitShape<typeof FlowSchema> {
  const flow = findFlow(store, organizationId, type);
  // The server does not show triggers without actions.
  const used = [...(flow?.triggers ?? [])].filter(([, ids]) => ids.length > 0);
  const triggerActions = used.map(([trigger, ids]) => ({
    triggerType: toTriggerType(trigger),
    actions: ids.flatMap((id) => store.actions.get(id) ?? []).map(toActionView),
  }));
  const details =
    flow === undefined || used.length === 0
      ? {}
      : toChangeDetailsV1({ ...flow, resourceOwner: organizationId });
  return { type: toFlowType(type), details, state: FlowState.ACTIVE, triggerActions };
}
