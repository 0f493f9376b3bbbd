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
import { findUser, whoAmI } from "./users.ts";

/** Options of {@link reportPermissions}. */
export interface PermissionReportOptions {
  /** How often the program calls each RPC: {@link CallCounter.calls}, or what {@link readCallLog} resolves to. */
  readonly calls: ReadonlyMap<string, number>;
  /** Whose roles to compare with, by user name. Default: the client's own. */
  readonly username?: string | undefined;
}

/** An RPC that a program calls. */
export interface CalledRpc {
  readonly method: string;
  readonly calls: number;
  /**
   * What it takes: one of these, depending on what the request is about. Empty where any user may call it, or where nobody
   * has written down what it takes.
   */
  readonly permissions: readonly string[];
  /** Whether the RPC is known to this package. */
  readonly isKnown: boolean;
}

/** A role that a user has. */
export interface HeldRole {
  readonly role: string;
  readonly place: Place;
  /** Of what the program needs, what it gives. */
  readonly needed: readonly string[];
  /** What it gives beyond that. */
  readonly beyond: readonly string[];
  /** Whether the other roles give all that the program needs of this one. Absent for roles that Zitadel has not by default. */
  readonly isSuperfluous?: boolean | undefined;
}

/** A role, and where it has to hold. */
export interface SuggestedRole {
  readonly role: string;
  readonly level: "project" | "organization" | "instance";
}

/** The roles of a service user beside what its program does. */
export interface PermissionReport {
  readonly userId: string;
  readonly username: string;
  readonly rpcs: readonly CalledRpc[];
  /** All permissions that the RPCs may take. */
  readonly needed: readonly string[];
  readonly roles: readonly HeldRole[];
  /** The roles of the lowest level that give all that is needed, and least besides; empty where there are none. */
  readonly least: readonly SuggestedRole[];
}

/**
 * Compares what a program calls with the roles that its service user has: which permissions it needs, as far as Zitadel's
 * descriptors and documentation tell, and what it may do beyond that. A user needs no permission for most that it does with
 * itself, which calls do not tell: what is needed is at most this.
 *
 * It takes nothing for the client's own user; of another one `user.read`, and `org.member.read` or `iam.member.read`.
 *
 * @throws TypeError for options that cannot be used, a ZitadelError when a call fails
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
  const self = await whoAmI(zitadel);
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
  const entry = entriesOf(services).find((one) => one.typeName === typeName);
  // Generated code exports descriptors of services.
  const service = (await entry?.load()) as DescService | undefined;
  return service?.methods.find((one) => one.name === method);
}

function entriesOf(tree: ServiceTree): ServiceEntry[] {
  return Object.values(tree).flatMap((node) => (isEntry(node) ? [node] : entriesOf(node)));
}

function isEntry(node: ServiceTree | ServiceEntry): node is ServiceEntry {
  return typeof node["load"] === "function";
}

function compareRoles(memberships: readonly Membership[], rpcs: readonly CalledRpc[]): HeldRole[] {
  const held = memberships.flatMap(({ place, roles }) => roles.map((role) => ({ role, place })));
  const needed = new Set(rpcs.flatMap(({ permissions }) => permissions));
  return held.map((one) => {
    const own = permissionsOf(one.role);
    const others = new Set(held.filter((other) => other !== one).flatMap(({ role }) => permissionsOf(role)));
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

function permissionsOf(role: string): string[] {
  return isRole(role) ? [...(rolePermissions.get(role) ?? [])] : [];
}
