import { type Role, rolePermissions } from "./roles.ts";

/** Where a role may hold, from the smallest to the largest. */
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

/** A level at which a role holds. */
export type Level = keyof typeof LEVELS;

/** A role, and where it has to hold. */
export interface LeastRole {
  readonly role: Role;
  readonly level: Level;
}

/**
 * The role of each level that has a permission and may do least besides: change least, then see least. What only sign-in
 * pages do has a role of its own; those of projects count for what is in projects.
 */
export function leastRoles(permission: string): LeastRole[] {
  const levels = Object.entries(LEVELS) as [Level, readonly Role[]][];
  return levels.flatMap(([level, roles]) => {
    if (level === "project" && !permission.startsWith("project.")) return [];
    const candidates = level === "instance" && isForSignIn(permission) ? SIGN_IN : roles;
    const role = leastOf(candidates, permission);
    return role === undefined ? [] : [{ role, level }];
  });
}

/**
 * The roles of the lowest level that give all that is needed, and least besides. Of each need one of its permissions is
 * enough. Empty where no level has them all, or nothing is needed.
 */
export function leastRoleSet(needs: readonly (readonly string[])[]): LeastRole[] {
  for (const [level, roles] of Object.entries(LEVELS) as [Level, readonly Role[]][]) {
    // Elsewhere than in projects, those of projects count for nothing.
    const isOutside = needs.some((need) => need.every((permission) => !permission.startsWith("project.")));
    if (level === "project" && isOutside) continue;
    const candidates = level === "instance" ? [...roles, ...SIGN_IN] : roles;
    const cover = findCover(candidates, needs);
    if (cover !== undefined) return cover.map((role) => ({ role, level }));
  }
  return [];
}

/** One role, else a few: of those that give anything, the weakest, and then without those that nobody misses. */
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

function leastOf(roles: readonly Role[], permission: string): Role | undefined {
  const [least] = roles
    .filter((role) => rolePermissions.get(role)?.has(permission))
    .toSorted((a, b) => power(a) - power(b));
  return least;
}

/** One change weighs more than all that can be seen. */
function power(role: Role): number {
  const permissions = [...(rolePermissions.get(role) ?? [])];
  return (
    permissions.filter((permission) => !permission.endsWith(".read")).length * 1_000 + permissions.length
  );
}
