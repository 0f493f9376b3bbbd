import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import type { FileRegistry } from "@bufbuild/protobuf";
import { pinned, root } from "../../scripts/pinned-api.ts";
import { secretRecord } from "../../scripts/secret-record.ts";
import { readImage } from "../../src/codegen/api-record.ts";
import { encodeSource } from "../../src/codegen/update/pinned-image.ts";
import { isSecretField } from "../../src/logging/secret-fields.ts";

describe("isSecretField()", () => {
  let registry: FileRegistry;
  before(async () => {
    registry = readImage(await encodeSource(pinned()));
  });

  it("classifies each field of the pinned API as proto/secret-fields.tsv records (if not: npm run record-secret-fields, and review)", () => {
    const record = readFileSync(join(root, "proto/secret-fields.tsv"), "utf8");
    assert.equal(record, secretRecord(registry));
  });

  it("is true for every field whose name mentions a secret, except for names of formats and others without one", () => {
    const suspicious = /pass(word|phrase)|secret|token|code|credential|private|otp|hash|assertion|pat$/;
    const harmless =
      /_(id|ids|name|label|text|endpoint|option|service|confirm_label)$|^u2f|^zitadel\.text\.|label$/;
    const open = [...registry]
      .flatMap((desc) => (desc.kind === "message" && desc.typeName.startsWith("zitadel.") ? desc.fields : []))
      .filter((field) => field.scalar === 9 && suspicious.test(field.name) && !isSecretField(field))
      .map((field) => field.name)
      .filter((name) => !harmless.test(name));
    assert.deepEqual([...new Set(open)], []);
  });
});
