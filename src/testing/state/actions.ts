import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import { toNanoseconds } from "./event-payloads.ts";
import type { Action, Flow } from "./model/action.ts";
import type { State } from "./model/aggregate.ts";
import type { Organization } from "./model/organization.ts";
import type { Store } from "./model/store.ts";
import { newAggregate, newHistory, writeEvents, writePartEvents } from "./store.ts";

export type ActionSettings = Pick<Action, "name" | "script" | "timeoutMs" | "allowedToFail">;

/** Creates an action. Its name must be unique in the organization. */
export function createAction(store: Store, organizationId: string, settings: ActionSettings): Action {
  checkName(store, organizationId, settings.name);
  const identity = { aggregateType: "action", id: store.newId(), resourceOwner: organizationId };
  const action: Action = { ...newAggregate(store, identity), ...settings, state: "active" };
  store.actions.set(action.id, action);
  writeEvents(store, action, { type: "action.added", payload: toPayload(settings) });
  return action;
}

/** Changes the settings that differ. Throws if none does. */
export function changeAction(store: Store, action: Action, settings: ActionSettings): void {
  const names = Object.keys(settings) as (keyof ActionSettings)[];
  const changed = names.filter((name) => settings[name] !== action[name]);
  if (changed.length === 0) throw zitadelError(Code.FailedPrecondition, "COMMAND-dg12f", "No changes");
  if (settings.name !== action.name) checkName(store, action.resourceOwner, settings.name);
  Object.assign(action, settings);
  const payload = toPayload(Object.fromEntries(changed.map((name) => [name, settings[name]])));
  writeEvents(store, action, { type: "action.changed", payload });
}

/** Activates or deactivates an action. */
export function setActionState(store: Store, action: Action, state: State): void {
  if (action.state === state) {
    throw state === "inactive"
      ? zitadelError(Code.FailedPrecondition, "COMMAND-Dgj92", "Action is not active")
      : zitadelError(Code.FailedPrecondition, "COMMAND-J53zh", "Action is not inactive");
  }
  action.state = state;
  writeEvents(store, action, { type: `action.${state === "active" ? "reactivated" : "deactivated"}` });
}

/** Removes an action, also from the flows that run it. */
export function removeAction(store: Store, organization: Organization, action: Action): void {
  store.actions.delete(action.id);
  writeEvents(store, action, { type: "action.removed", payload: { name: action.name } });
  for (const flow of store.flows.values()) {
    const uses = [...flow.triggers].filter(([, ids]) => ids.includes(action.id));
    for (const [trigger, ids] of uses) {
      flow.triggers.set(
        trigger,
        ids.filter((id) => id !== action.id),
      );
    }
    if (uses.length === 0) continue;
    const payload = { flowType: flow.type, actionID: action.id };
    writePartEvents(store, organization, flow, { type: "org.flow.trigger_actions.cascade.removed", payload });
  }
}

/** Finds the flow of a type that an organization has set, if it ever did. */
export function findFlow(store: Store, organizationId: string, type: number): Flow | undefined {
  return store.flows.get(`${organizationId} ${type}`);
}

/** Sets the actions of a trigger. */
export function setTriggerActions(
  store: Store,
  organization: Organization,
  { type, trigger, actionIds }: { type: number; trigger: number; actionIds: readonly string[] },
): Flow {
  const { id: organizationId } = organization;
  const flow = findFlow(store, organizationId, type) ?? {
    ...newHistory(store.now()),
    organizationId,
    type,
    triggers: new Map<number, readonly string[]>(),
  };
  if (String(flow.triggers.get(trigger) ?? []) === String(actionIds)) {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-Nfh52", "No Changes");
  }
  if (actionIds.some((id) => store.actions.get(id)?.resourceOwner !== organizationId)) {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-dg422", "ActionIDs do not exist");
  }
  flow.triggers.set(trigger, [...actionIds]);
  store.flows.set(`${organizationId} ${type}`, flow);
  const payload = { flowType: type, triggerType: trigger, actionIDs: [...actionIds] };
  writePartEvents(store, organization, flow, { type: "org.flow.trigger_actions.set", payload });
  return flow;
}

/** Removes all actions from a flow. */
export function clearFlow(store: Store, organization: Organization, type: number): Flow {
  const flow = findFlow(store, organization.id, type);
  if (flow === undefined || flow.triggers.size === 0) {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-DgGh3", "Flow is already empty");
  }
  flow.triggers.clear();
  writePartEvents(store, organization, flow, { type: "org.flow.cleared", payload: { flowType: type } });
  return flow;
}

function checkName(store: Store, organizationId: string, name: string): void {
  for (const action of store.actions.values()) {
    if (action.resourceOwner !== organizationId || action.name !== name) continue;
    throw zitadelError(Code.AlreadyExists, "V3-DKcYh", "Errors.Action.AlreadyExists");
  }
}

function toPayload({ timeoutMs, ...settings }: Partial<ActionSettings>) {
  return timeoutMs === undefined ? settings : { ...settings, timeout: toNanoseconds(timeoutMs) };
}
