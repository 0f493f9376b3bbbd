import { type Role, rolePermissions } from "./roles.ts";

/** The levels of roles, from the smallest to the largest. */
const LEVELS = {
  project: ["PROJECT_OWNER_VIEWER", "PROJECT_OWNER"],
  organization: [
    "ORG_OWNER_VIEWER",
    "ORG_USER_MANAGER",
    "ORG_SETTINGS_MANAGER",
    "ORG_USER_PERMISSION_EDITOR",
    "ORG_PROJECT_PERMISSION_EDITOR",
    "ORG_PROJECT_CREATOR",
    "ORG_OWNER",
  ],
  instance: ["IAM_OWNER_VIEWER", "IAM_USER_MANAGER", "IAM_ORG_MANAGER", "IAM_OWNER"],
} as const satisfies Readonly<Record<string, readonly Role[]>>;

/** A level of roles. */
export type Level = keyof typeof LEVELS;

/** A role, and its level. */
export interface LeastRole {
  readonly role: Role;
  readonly level: Level;
}

/**
 * For each level, the role that has a permission and otherwise allows the least: the fewest changes, then the fewest
 * reads. The role for sign-in pages counts only for permissions that only sign-in needs; project roles count only for what
 * is in projects.
 */
export function leastRoles(permission: string): LeastRole[] {
  const levels = Object.entries(LEVELS) as [Level, readonly Role[]][];
  return levels.flatMap(([level, roles]) => {
    if (level === "project" && !permission.startsWith("project.")) return [];
    const candidates = level === "instance" && isForSignIn(permission) ? SIGN_IN : roles;
    const role = findLeast(candidates, permission);
    return role === undefined ? [] : [{ role, level }];
  });
}

/**
 * The roles of the lowest level that grant everything needed, and otherwise the least. For each need, one of its
 * permissions is enough. Empty if no level has all of them, or nothing is needed.
 */
export function leastRoleSet(needs: readonly (readonly string[])[]): LeastRole[] {
  for (const [level, roles] of Object.entries(LEVELS) as [Level, readonly Role[]][]) {
    // Outside of projects, project roles do not count.
    const isOutside = needs.some((need) => need.every((permission) => !permission.startsWith("project.")));
    if (level === "project" && isOutside) continue;
    const candidates = level === "instance" ? [...roles, ...SIGN_IN] : roles;
    const cover = findCover(candidates, needs);
    if (cover !== undefined) return cover.map((role) => ({ role, level }));
  }
  return [];
}

/** Finds the roles that remain when redundant ones are removed, the most powerful first. */
function findCover(candidates: readonly Role[], needs: readonly (readonly string[])[]): Role[] | undefined {
  const byPower = candidates.toSorted((a, b) => power(a) - power(b));
  const isCovered = (roles: readonly Role[]): boolean =>
    needs.every((need) => need.some((permission) => roles.some((role) => gives(role, permission))));
  if (!isCovered(byPower)) return undefined;
  let cover: readonly Role[] = byPower;
  for (const role of byPower.toReversed()) {
    const without = cover.filter((one) => one !== role);
    if (isCovered(without)) cover = without;
  }
  return [...cover];
}

function gives(role: Role, permission: string): boolean {
  return rolePermissions.get(role)?.has(permission) ?? false;
}

const SIGN_IN: readonly Role[] = ["IAM_LOGIN_CLIENT"];

function isForSignIn(permission: string): boolean {
  return permission === "session.write" || permission === "session.link";
}

function findLeast(roles: readonly Role[], permission: string): Role | undefined {
  const [least] = roles
    .filter((role) => rolePermissions.get(role)?.has(permission))
    .toSorted((a, b) => power(a) - power(b));
  return least;
}

/** One write permission weighs more than all read permissions. */
function power(role: Role): number {
  const permissions = [...(rolePermissions.get(role) ?? [])];
  return (
    permissions.filter((permission) => !permission.endsWith(".read")).length * 1_000 + permissions.length
  );
}
