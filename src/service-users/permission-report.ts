import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { services } from "../../gen/services.js";
import type { ServiceEntry, ServiceTree } from "../client/service-tree.ts";
import { leastRoleSet } from "../permissions/least-roles.ts";
import { requiredPermissions } from "../permissions/required-permissions.ts";
import { isRole, rolePermissions } from "../permissions/roles.ts";
import { describe } from "../shared/describe.ts";
import {
  checkOptions,
  invalidOption,
  requireKnown,
  requireObject,
  requireString,
} from "../shared/invalid-option.ts";
import type { ServiceUserManager } from "./manager.ts";
import { listMemberships, listMyMemberships, type Membership, type Place } from "./memberships.ts";
import { requireContext } from "./rotation-options.ts";
import { findUser, readCaller } from "./users.ts";

/** Options of {@link reportPermissions}. */
export interface PermissionReportOptions {
  /** How often the program calls each RPC: {@link CallCounter.calls}, or what {@link readCallLog} resolves to. */
  readonly calls: ReadonlyMap<string, number>;
  /** The user whose roles to compare, by name. Default: the client's own. */
  readonly username?: string | undefined;
}

/** An RPC that a program calls. */
export interface CalledRpc {
  readonly method: string;
  readonly calls: number;
  /**
   * The permissions of which it needs one, depending on the request. Empty if any user may call it, or if its
   * permission is not documented.
   */
  readonly permissions: readonly string[];
  /** Whether this package knows the RPC. */
  readonly isKnown: boolean;
}

/** A role that a user has. */
export interface HeldRole {
  readonly role: string;
  readonly place: Place;
  /** The needed permissions that it grants. */
  readonly needed: readonly string[];
  /** The other permissions that it grants. */
  readonly beyond: readonly string[];
  /**
   * Whether the other roles grant everything that the program needs from this one. Absent for roles that are not
   * Zitadel's defaults.
   */
  readonly isSuperfluous?: boolean | undefined;
}

/** A role and its level. */
export interface SuggestedRole {
  readonly role: string;
  readonly level: "project" | "organization" | "instance";
}

/** A comparison of the roles of a service user with the calls of its program. */
export interface PermissionReport {
  readonly userId: string;
  readonly username: string;
  readonly rpcs: readonly CalledRpc[];
  /** All permissions that the RPCs may need. */
  readonly needed: readonly string[];
  readonly roles: readonly HeldRole[];
  /** The roles of the lowest level that grant everything needed and the least beyond it; empty if there are none. */
  readonly least: readonly SuggestedRole[];
}

/**
 * Compares the calls of a program with the roles of its service user: which permissions it needs, according to
 * Zitadel's descriptors and documentation, and which others it has. The result is an upper bound: a user needs no
 * permission for most actions on itself, but a count of calls does not show which users they are about.
 *
 * Needs no permission for the client's own user; for another one, needs `user.read`, and `org.member.read` or
 * `iam.member.read`.
 *
 * @throws TypeError if an option is invalid, a ZitadelError if a call fails
 */
export async function reportPermissions(
  zitadel: ServiceUserManager,
  options: PermissionReportOptions,
): Promise<PermissionReport> {
  checkOptions("reportPermissions()", () => {
    requireContext(zitadel);
    requireObject("its second argument", options, "{ calls }");
    requireKnown("", options, { calls: true, username: true });
    if (!(options.calls instanceof Map))
      throw invalidOption("calls", describe(options.calls), "a Map of counts");
    if (options.username !== undefined) requireString("username", options.username);
  });
  const [{ userId, username, memberships }, rpcs] = await Promise.all([
    findHolder(zitadel, options.username),
    describeCalls(options.calls),
  ]);
  const needed = [...new Set(rpcs.flatMap(({ permissions }) => permissions))].sort();
  return {
    userId,
    username,
    rpcs,
    needed,
    roles: compareRoles(memberships, rpcs),
    least: leastRoleSet(rpcs.map(({ permissions }) => permissions).filter(({ length }) => length > 0)),
  };
}

interface Holder {
  readonly userId: string;
  readonly username: string;
  readonly memberships: readonly Membership[];
}

async function findHolder(zitadel: ServiceUserManager, wanted: string | undefined): Promise<Holder> {
  const self = await readCaller(zitadel);
  if (wanted === undefined || wanted === self.username) {
    return { ...self, memberships: await listMyMemberships(zitadel) };
  }
  const user = await findUser(zitadel, wanted);
  if (user === undefined) {
    throw new Error(
      `There is no user ${JSON.stringify(wanted)} that ${JSON.stringify(self.username)} may see`,
    );
  }
  return { ...user, memberships: (await listMemberships(zitadel, [user])).get(user.userId) ?? [] };
}

async function describeCalls(calls: ReadonlyMap<string, number>): Promise<CalledRpc[]> {
  const all = [...calls].map(async ([method, count]): Promise<CalledRpc> => {
    const descriptor = await findMethod(method);
    const permissions = descriptor === undefined ? [] : requiredPermissions(descriptor);
    return { method, calls: count, permissions, isKnown: descriptor !== undefined };
  });
  return (await Promise.all(all)).toSorted((a, b) => b.calls - a.calls || a.method.localeCompare(b.method));
}

async function findMethod(name: string): Promise<DescMethod | undefined> {
  const [typeName, method] = name.split("/");
  const entry = listEntries(services).find((one) => one.typeName === typeName);
  // Generated code exports descriptors of services.
  const service = (await entry?.load()) as DescService | undefined;
  return service?.methods.find((one) => one.name === method);
}

function listEntries(tree: ServiceTree): ServiceEntry[] {
  return Object.values(tree).flatMap((node) => (isEntry(node) ? [node] : listEntries(node)));
}

function isEntry(node: ServiceTree | ServiceEntry): node is ServiceEntry {
  return typeof node["load"] === "function";
}

function compareRoles(memberships: readonly Membership[], rpcs: readonly CalledRpc[]): HeldRole[] {
  const held = memberships.flatMap(({ place, roles }) => roles.map((role) => ({ role, place })));
  const needed = new Set(rpcs.flatMap(({ permissions }) => permissions));
  return held.map((one) => {
    const own = listPermissions(one.role);
    const others = new Set(
      held.filter((other) => other !== one).flatMap(({ role }) => listPermissions(role)),
    );
    const compared = {
      ...one,
      needed: own.filter((permission) => needed.has(permission)),
      beyond: own.filter((permission) => !needed.has(permission)),
    };
    if (!isRole(one.role)) return compared;
    const lost = rpcs.some(({ permissions }) => {
      return permissions.some((each) => own.includes(each)) && !permissions.some((each) => others.has(each));
    });
    return { ...compared, isSuperfluous: !lost };
  });
}

function listPermissions(role: string): string[] {
  return isRole(role) ? [...(rolePermissions.get(role) ?? [])] : [];
}
