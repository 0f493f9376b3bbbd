import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stableSorting } from "../../../src/client/lists/list-shape.ts";
import { allListMethods } from "./support/methods.ts";

const methods = await allListMethods();
const columns = new Map(
  methods.map(({ method, path }) => {
    const sorting = stableSorting(method.input);
    const value = sorting?.field.enum?.values.find(({ number }) => number === sorting.column);
    return [path.join("."), value?.name];
  }),
);

describe("the default order of a list", () => {
  it("is by id where the request offers that, otherwise by creation, otherwise by name", () => {
    assert.equal(columns.get("action.v2beta.listTargets"), "TARGET_FIELD_NAME_ID");
    assert.equal(columns.get("user.v2.listUsers"), "USER_FIELD_NAME_CREATION_DATE");
    assert.equal(columns.get("session.v2.listSessions"), "SESSION_FIELD_NAME_CREATION_DATE");
    assert.equal(columns.get("org.v2.listOrganizations"), "ORGANIZATION_FIELD_NAME_NAME");
    assert.equal(columns.get("admin.v1.listMilestones"), "MILESTONE_FIELD_NAME_TYPE");
  });

  it("is set for every request that has a sorting column without a default", () => {
    const undecided = methods.filter(({ method, path }) => {
      const field = method.input.fields.find(({ name }) => name === "sorting_column");
      const unspecified = field?.enum?.values.some(
        ({ name, number }) => number === 0 && name.endsWith("_UNSPECIFIED"),
      );
      return unspecified && columns.get(path.join(".")) === undefined;
    });
    assert.deepEqual(undecided, []);
    assert.equal([...columns.values()].filter((column) => column !== undefined).length, 33);
  });
});
