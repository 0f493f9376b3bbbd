import type { DescMethod } from "@bufbuild/protobuf";
import { type LeastRole, leastRoles } from "./least-roles.ts";
import { requiredPermissions } from "./required-permissions.ts";

/** The permission that an RPC needs, and who has it, in a sentence or two. `undefined` if that is not known. */
export function describeRequirement(method: DescMethod): string | undefined {
  const [permission, ...others] = requiredPermissions(method);
  if (permission === undefined) return undefined;
  if (others.length > 0) {
    const all = [permission, ...others].map((one) => `${one} (${describeRole(leastRoles(one)[0])})`);
    return `${method.name} needs, depending on what the request is about, ${join(all)}.`;
  }
  const roles = leastRoles(permission).map(describeRole);
  const needs = `${method.name} needs the permission ${permission}`;
  if (roles.length > 0) return `${needs}. The least-privileged role that has it is ${join(roles)}.`;
  return permission.startsWith("system.") ? `${needs}, which only system users have.` : `${needs}.`;
}

/** The least-privileged roles that have a permission, one for each level. */
export function describeHolders(permission: string): string {
  const roles = leastRoles(permission).map(describeRole);
  return roles.length === 0 ? describeRole(undefined) : join(roles);
}

function describeRole(one: LeastRole | undefined): string {
  if (one === undefined) return "no role by default";
  return one.level === "instance" ? `${one.role} on the instance` : `${one.role} in the ${one.level}`;
}

function join(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} or ${texts.at(-1)}`;
}
