import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { ManagementService } from "../../../gen/zitadel/management_pb.js";
import { ProjectService } from "../../../gen/zitadel/project/v2beta/project_service_pb.js";
import { UserService } from "../../../gen/zitadel/user/v2/user_service_pb.js";
import { assertSame } from "./support/assert-same.ts";
import { ListServer } from "./support/list-server.ts";

const count = fc.integer({ min: 0, max: 60 });
const pageSize = fc.integer({ min: 1, max: 70 });
const max = fc.integer({ min: 1, max: 70 });
/** Each run reads a list over HTTP; offset-paginator.test.ts has many more runs, without HTTP. */
const RUNS = { numRuns: 30 };

describe("an iteration yields the whole list, for any page size", () => {
  let server: ListServer;
  before(async () => {
    server = await ListServer.start(UserService, ProjectService, ManagementService);
  });
  after(() => server[Symbol.asyncDispose]());

  it("and any maximum above which the server refuses", async () => {
    await fc.assert(
      fc.asyncProperty(count, pageSize, max, async (count, pageSize, max) => {
        Object.assign(server.behavior, { max, above: "refuse", total: "length of the page" });
        const items = server.fill(UserService.method.listUsers, count);
        assertSame(await server.zitadel.user.v2.listUsers({}, { pageSize }).toArray(), items, "users");
        assert.ok(server.asked.every(({ limit }) => limit > 0));
      }),
      RUNS,
    );
  });

  it("and for pages that grow, with any maximum, whatever the server does above it", async () => {
    const above = fc.constantFrom("refuse", "cut", "cut and say");
    const count = fc.integer({ min: 0, max: 700 });
    const max = fc.integer({ min: 20, max: 350 });
    await fc.assert(
      fc.asyncProperty(count, max, above, async (count, max, above) => {
        Object.assign(server.behavior, { max, above, total: "true" });
        const items = server.fill(ProjectService.method.listProjects, count);
        assertSame(await server.zitadel.project.v2beta.listProjects().toArray(), items, "projects");
      }),
      RUNS,
    );
  });

  it("and any maximum that the server reports in its response", async () => {
    await fc.assert(
      fc.asyncProperty(count, pageSize, max, async (count, pageSize, max) => {
        Object.assign(server.behavior, { max, above: "cut and say", total: "true" });
        const items = server.fill(ProjectService.method.listProjects, count);
        assertSame(
          await server.zitadel.project.v2beta.listProjects({}, { pageSize }).toArray(),
          items,
          "projects",
        );
      }),
      RUNS,
    );
  });

  it("and any maximum at which the server silently shortens pages", async () => {
    await fc.assert(
      fc.asyncProperty(count, pageSize, max, async (count, pageSize, max) => {
        Object.assign(server.behavior, { max, above: "cut", total: "true" });
        const items = server.fill(UserService.method.listUsers, count);
        assertSame(await server.zitadel.user.v2.listUsers({}, { pageSize }).toArray(), items, "users");
      }),
      RUNS,
    );
  });

  it("and any maximum of a list by sequence, in both directions", async () => {
    await fc.assert(
      fc.asyncProperty(count, pageSize, max, fc.boolean(), async (count, pageSize, max, asc) => {
        Object.assign(server.behavior, { max, above: "cut", total: "true" });
        const items = server.fill(ManagementService.method.listUserChanges, count);
        const { listUserChanges } = server.zitadel.management.v1;
        const changes = await listUserChanges({ query: { asc } }, { pageSize }).toArray();
        assertSame(changes, asc ? items : items.reverse(), "changes");
      }),
      RUNS,
    );
  });

  it("even if the server leaves out what the caller may not see", async () => {
    await fc.assert(
      fc.asyncProperty(
        count,
        pageSize,
        fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
        async (count, pageSize, mask) => {
          const items = server.fill(UserService.method.listUsers, count);
          const hidden = (item: unknown) =>
            mask[Number(/\d+$/.exec((item as { userId: string }).userId)) - 1] === true;
          Object.assign(server.behavior, { max: 1_000, above: "refuse", total: "true", hidden });
          const visible = items.filter((item) => !hidden(item));
          const users = await server.zitadel.user.v2.listUsers({}, { pageSize }).toArray();
          server.behavior.hidden = () => false;
          assertSame(users, visible, "users");
        },
      ),
      RUNS,
    );
  });

  it("from wherever it is resumed", async () => {
    await fc.assert(
      fc.asyncProperty(count, pageSize, fc.nat(60), async (count, pageSize, pages) => {
        Object.assign(server.behavior, { max: 1_000, above: "refuse", total: "true" });
        const items = server.fill(UserService.method.listUsers, count);
        const yielded: unknown[] = [];
        let resumeFrom: object | undefined;
        for await (const page of server.zitadel.user.v2.listUsers({}, { pageSize }).pages()) {
          yielded.push(...page.items);
          resumeFrom = JSON.parse(JSON.stringify(page.cursor));
          if (page.number > pages) break;
        }
        const rest = server.zitadel.user.v2.listUsers({}, { pageSize, resumeFrom: resumeFrom as never });
        assertSame([...yielded, ...(await rest.toArray())], items, "users");
      }),
      RUNS,
    );
  });
});
