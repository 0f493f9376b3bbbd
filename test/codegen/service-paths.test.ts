import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, createFileRegistry } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { listServices } from "../../src/codegen/api-record.ts";
import { toServicePaths } from "../../src/codegen/service-paths.ts";

function findPaths(packages: Record<string, string[]>, methods: string[] = []): Record<string, string> {
  const file = Object.entries(packages).map(([name, services]) => ({
    name: `${name}.proto`,
    package: name,
    syntax: "proto3",
    messageType: [{ name: "Empty" }],
    service: services.map((service) => ({
      name: service,
      method: methods.map((method) => ({
        name: method,
        inputType: `.${name}.Empty`,
        outputType: `.${name}.Empty`,
      })),
    })),
  }));
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file }));
  const paths = [...toServicePaths(listServices(registry))];
  return Object.fromEntries(paths.map(([service, path]) => [service.typeName, path.join(".")]));
}

describe("servicePaths()", () => {
  it("returns the package without zitadel", () => {
    assert.deepEqual(
      findPaths({ "zitadel.user.v2": ["UserService"], "acme.billing.v1": ["BillingService"] }),
      {
        "zitadel.user.v2.UserService": "user.v2",
        "acme.billing.v1.BillingService": "acme.billing.v1",
      },
    );
  });

  it("adds the service's name where a package has several", () => {
    assert.deepEqual(findPaths({ "zitadel.org.v3": ["OrgService", "DomainService"] }), {
      "zitadel.org.v3.OrgService": "org.v3.orgService",
      "zitadel.org.v3.DomainService": "org.v3.domainService",
    });
  });

  it("returns the service's name where there is no package", () => {
    assert.deepEqual(findPaths({ "": ["Greeter"], zitadel: ["Root"] }), {
      Greeter: "greeter",
      "zitadel.Root": "zitadel",
    });
  });

  it("avoids the names of a client's own members", () => {
    assert.deepEqual(
      findPaths({ "zitadel.client.v2": ["A"], "zitadel.then.v2": ["B"], "zitadel.user.client": ["C"] }),
      {
        "zitadel.client.v2.A": "client$.v2",
        "zitadel.then.v2.B": "then$.v2",
        "zitadel.user.client.C": "user.client",
      },
    );
  });

  it("returns a unique path for each service, without a $ for Zitadel's", () => {
    assert.deepEqual(findPaths({ "user.v2": ["UserService"], "zitadel.user.v2": ["UserService"] }), {
      "user.v2.UserService": "user.v2$",
      "zitadel.user.v2.UserService": "user.v2",
    });
    assert.deepEqual(findPaths({ "zitadel.org.v3": ["Org", "org"] }), {
      "zitadel.org.v3.Org": "org.v3.org",
      "zitadel.org.v3.org": "org.v3.org$",
    });
  });

  it("avoids conflicts between a package and the RPCs of its parent package", () => {
    assert.deepEqual(
      findPaths({ "zitadel.user.v2": ["A"], "zitadel.user.v2.listAll.v1": ["B"] }, ["ListAll"]),
      {
        "zitadel.user.v2.A": "user.v2",
        "zitadel.user.v2.listAll.v1.B": "user.v2.listAll$.v1",
      },
    );
  });
});
