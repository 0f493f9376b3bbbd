import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import { createZitadel } from "../../src/client/pinned-client.ts";
import { startConnectServer } from "../transport/support/connect-server.ts";
import { InvoiceService } from "./support/invoices.ts";

describe("an API other than Zitadel's", () => {
  it("has its RPCs retried only where it declares them idempotent, whatever their names", async () => {
    const requests = new Map<string, number>();
    const unavailable = (name: string) => () => {
      requests.set(name, (requests.get(name) ?? 0) + 1);
      throw new ConnectError("down", Code.Unavailable);
    };
    const unary = InvoiceService.methods.filter(({ methodKind }) => methodKind === "unary");
    await using server = await startConnectServer({
      routes: (router) =>
        router.service(
          InvoiceService,
          Object.fromEntries(unary.map(({ localName }) => [localName, unavailable(localName)])),
        ),
    });
    await using zitadel = createZitadel({
      url: server.origin,
      auth: { getToken: async () => ({ token: "t" }) },
    });
    const invoices = zitadel.client(InvoiceService);
    for (const { localName } of unary) {
      const call = invoices[localName as "getInvoice"];
      await assert.rejects(call({ number: "1" }), { code: Code.Unavailable });
    }
    assert.deepEqual(Object.fromEntries(requests), {
      issueInvoice: 1,
      getOrCreateInvoice: 1,
      getInvoice: 1,
      readInvoice: 3,
      payInvoice: 3,
      findInvoice: 3,
    });
  });
});
