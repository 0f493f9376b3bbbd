import { bulk, isFailedPrecondition, isNotFound, type Zitadel } from "zitadel-connect";
import { UserState } from "zitadel-connect/api/zitadel/user/v2/user_pb.js";
import { EVENT_TYPES } from "../../src/source.ts";
import type { Random } from "./random.ts";

interface Person {
  readonly userId: string;
  readonly organizationId: string;
  state: "active" | "inactive" | "locked";
}

/** Writes to the instance: people who come, change and go, and the organizations that they belong to. */
export class Company {
  readonly #zitadel: Zitadel;
  readonly #random: Random;
  /** The people whom nobody is changing at the moment. */
  #people: Person[] = [];
  #organizations: string[] = [];
  /** The ids of all objects that ever existed. */
  readonly objects = new Set<string>();
  #names = 0;

  constructor(zitadel: Zitadel, random: Random) {
    this.#zitadel = zitadel;
    this.#random = random;
  }

  async grow(organizations: number, people: number): Promise<void> {
    for (let i = 0; i < organizations; i++) await this.#addOrganization();
    await bulk(Array.from({ length: people }), () => this.#hire());
  }

  /** Makes this many changes, a few at a time. */
  async work(steps: number): Promise<void> {
    await bulk(Array.from({ length: steps }), () => this.#step(), { concurrency: 4 });
  }

  async #step(): Promise<void> {
    try {
      await this.#changeSomething();
    } catch (error) {
      // The organization was removed meanwhile.
      if (!isNotFound(error) && !isFailedPrecondition(error)) throw error;
    }
  }

  async #changeSomething(): Promise<void> {
    const dice = this.#random() * 100;
    if (dice < 25) await this.#hire();
    else if (dice < 28) await this.#addOrganization();
    else if (dice < 29) await this.#removeOrganization();
    else await this.#change(dice);
  }

  async #addOrganization(): Promise<void> {
    const { organizationId } = await this.#zitadel.org.v2.addOrganization({
      name: `Organization ${this.#names++}`,
    });
    this.objects.add(organizationId);
    this.#organizations.push(organizationId);
  }

  async #removeOrganization(): Promise<void> {
    // The first ones are kept, so that there is always one.
    const orgId = this.#organizations.length > 4 ? this.#organizations.pop() : undefined;
    if (orgId === undefined) return;
    this.#people = this.#people.filter(({ organizationId }) => organizationId !== orgId);
    await this.#zitadel.admin.v1.removeOrg({ orgId });
  }

  async #hire(): Promise<void> {
    const organizationId = this.#organizations[Math.floor(this.#random() * this.#organizations.length)] ?? "";
    const username = `person-${this.#names++}`;
    const { userId } = await this.#zitadel.user.v2.addHumanUser({
      organization: { org: { case: "orgId", value: organizationId } },
      username,
      profile: { givenName: "Ada", familyName: username },
      email: { email: `${username}@example.com`, verification: { case: "isVerified", value: true } },
    });
    this.objects.add(userId);
    if (this.#organizations.includes(organizationId)) {
      this.#people.push({ userId, organizationId, state: "active" });
    }
  }

  async #change(dice: number): Promise<void> {
    const [person] = this.#people.splice(Math.floor(this.#random() * this.#people.length), 1);
    if (person === undefined) return;
    const { userId } = person;
    const { v2 } = this.#zitadel.user;
    if (dice < 40) {
      await v2.deleteUser({ userId });
      return;
    }
    const name = `person-${this.#names++}`;
    if (dice < 50) await v2.updateHumanUser({ userId, username: name });
    else if (dice < 60) await v2.updateHumanUser({ userId, profile: { givenName: "Bea", familyName: name } });
    else if (dice < 70)
      await v2.setEmail({
        userId,
        email: `${name}@example.com`,
        verification: { case: "isVerified", value: true },
      });
    else if (dice < 75)
      await v2.setUserMetadata({ userId, metadata: [{ key: name, value: new Uint8Array(1) }] });
    else await this.#changeState(person);
    if (this.#organizations.includes(person.organizationId)) this.#people.push(person);
  }

  async #changeState(person: Person): Promise<void> {
    const { userId } = person;
    const { v2 } = this.#zitadel.user;
    const isAnother = this.#random() < 0.5;
    if (person.state === "inactive") await v2.reactivateUser({ userId });
    else if (person.state === "locked") await v2.unlockUser({ userId });
    else if (isAnother) await v2.lockUser({ userId });
    else await v2.deactivateUser({ userId });
    person.state = person.state !== "active" ? "active" : isAnother ? "locked" : "inactive";
  }
}

/** What the instance has, in the form of `readMirror()`. */
export interface Contents {
  readonly organizations: Record<string, string>;
  readonly users: Record<string, string>;
}

/** Reads what the instance has, with a line for each object. */
export async function readInstance(zitadel: Zitadel): Promise<Contents> {
  const organizations: Record<string, string> = {};
  for await (const { id, name, primaryDomain } of zitadel.org.v2.listOrganizations()) {
    organizations[id] = `${name} ${primaryDomain}`;
  }
  const users: Record<string, string> = {};
  for await (const { userId, username, state, type, details } of zitadel.user.v2.listUsers()) {
    const human = type.case === "human" ? type.value : undefined;
    const name = type.case === "machine" ? type.value.name : human?.profile?.displayName;
    users[userId] =
      `${details?.resourceOwner} ${UserState[state].toLowerCase()} ${username} ${name} ${human?.email?.email ?? null}`;
  }
  return { organizations, users };
}

/** The sequence numbers of the events that a mirror applies, for each of the objects. */
export async function readEvents(
  zitadel: Zitadel,
  objects: ReadonlySet<string>,
): Promise<Record<string, number[]>> {
  const events: Record<string, number[]> = {};
  for (const id of objects) events[id] = [];
  const log = zitadel.admin.v1.listEvents({ eventTypes: [...EVENT_TYPES], asc: true }, { pageSize: 1_000 });
  for await (const { aggregate, sequence } of log) events[aggregate?.id ?? ""]?.push(Number(sequence));
  // A transaction that began earlier may have the later events of an object.
  for (const sequences of Object.values(events)) sequences.sort((a, b) => a - b);
  return events;
}
