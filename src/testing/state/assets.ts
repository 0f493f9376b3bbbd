import { createHash } from "node:crypto";
import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import type { Aggregate } from "./model/aggregate.ts";
import type { Asset, LabelAsset } from "./model/asset.ts";
import type { Policy } from "./model/policy.ts";
import type { Store } from "./model/store.ts";
import type { User } from "./model/user.ts";
import { findOwnPolicy, requirePolicy } from "./policies.ts";
import { writeEvents, writePartEvents } from "./store.ts";

export interface Upload {
  readonly contentType: string;
  readonly content: Uint8Array;
}

interface LabelAssetKind {
  /** The prefix of the asset's name. `event`: its name in events. */
  readonly name: string;
  readonly event: string;
  /** Error ids for an organization without its own branding. */
  readonly unknown: readonly [upload: string, removal: string];
  /** Whether the server fails to remove the file of an organization. */
  readonly isLeft?: boolean;
}

const LABEL_ASSETS: Readonly<Record<LabelAsset, LabelAssetKind>> = {
  Logo: { name: "logo", event: "logo", unknown: ["ORG-23BMs", "ORG-4MVsf"] },
  LogoDark: { name: "logo-dark", event: "logo.dark", unknown: ["ORG-QSqcd", "ORG-0peQw"] },
  Icon: { name: "icon", event: "icon", unknown: ["ORG-4nq2f", "ORG-1nd9f"] },
  IconDark: { name: "icon-dark", event: "icon.dark", unknown: ["ORG-4Nf8s", "ORG-3NFos"], isLeft: true },
  Font: { name: "font", event: "font", unknown: ["ORG-2M9fs", "ORG-4n9SD"], isLeft: true },
};

const LABEL_PREFIX = "policy/label/";

/** Finds a file by its owner and name. */
export function findAsset(store: Store, owner: string, name: string): Asset | undefined {
  return store.assets.get(toKey(owner, name));
}

function putAsset(store: Store, { owner, name }: Pick<Asset, "owner" | "name">, upload: Upload): Asset {
  const hash = createHash("md5").update(upload.content).digest("hex");
  const asset = { owner, name, hash, changedAt: store.now(), ...upload };
  store.assets.set(toKey(owner, name), asset);
  return asset;
}

/** Throws if there is no branding to upload an image or a font to. */
export function requireLabel(store: Store, owner: Aggregate, kind: LabelAsset): void {
  requireOwnLabel(store, owner, LABEL_ASSETS[kind].unknown[0]);
}

function requireOwnLabel(store: Store, owner: Aggregate, unknown: string): void {
  if (owner.aggregateType === "instance") return;
  if (findOwnPolicy(store, "labelPreview", owner.id) !== undefined) return;
  throw zitadelError(Code.NotFound, unknown, "Private Label Policy not found");
}

/** Adds an image or a font to a branding. It is shown once the branding is activated. */
export function addLabelAsset(store: Store, owner: Aggregate, kind: LabelAsset, upload: Upload): void {
  requireLabel(store, owner, kind);
  const { name: prefix, event } = LABEL_ASSETS[kind];
  const policy = requirePolicy(store, owner, "labelPreview");
  const { name } = putAsset(
    store,
    { owner: owner.id, name: `${LABEL_PREFIX}${prefix}-${store.newId()}` },
    upload,
  );
  policy.assets = { ...policy.assets, [kind]: name };
  const type = `${owner.aggregateType}.policy.label.${event}.added`;
  writePartEvents(store, owner, policy, { type, payload: { storeKey: name } });
}

/** Removes an image or the font. As on the server, it is not an error if there is none. */
export function removeLabelAsset(store: Store, owner: Aggregate, kind: LabelAsset): Policy {
  const { event, unknown, isLeft = false } = LABEL_ASSETS[kind];
  requireOwnLabel(store, owner, unknown[1]);
  const policy = requirePolicy(store, owner, "labelPreview");
  const { [kind]: name, ...others } = policy.assets ?? {};
  if (name !== undefined && !(isLeft && owner.aggregateType !== "instance"))
    store.assets.delete(toKey(owner.id, name));
  policy.assets = others;
  const type = `${owner.aggregateType}.policy.label.${event}.removed`;
  const payload = name === undefined ? {} : { payload: { storeKey: name } };
  writePartEvents(store, owner, policy, { type, ...payload });
  return policy;
}

/** The name of a user's avatar. */
export function toAvatarName(userId: string): string {
  return `users/${userId}/avatar`;
}

/** Stores an avatar, which is shown only for humans. */
export function addAvatar(store: Store, user: User, upload: Upload): void {
  const asset = putAsset(store, { owner: user.resourceOwner, name: toAvatarName(user.id) }, upload);
  const storeKey = `${asset.name}?v=${asset.hash}`;
  if (user.human !== undefined) user.human.avatarKey = storeKey;
  writeEvents(store, user, { type: "user.human.avatar.added", payload: { storeKey } });
}

/** Removes a user's avatar but, like the server, keeps the file. It is not an error if there is none. */
export function removeAvatar(store: Store, user: User): void {
  const storeKey = user.human?.avatarKey;
  if (user.human !== undefined) user.human.avatarKey = undefined;
  const payload = storeKey === undefined ? {} : { payload: { storeKey } };
  writeEvents(store, user, { type: "user.human.avatar.removed", ...payload });
}

function toKey(owner: string, name: string): string {
  return `${owner} ${name}`;
}
