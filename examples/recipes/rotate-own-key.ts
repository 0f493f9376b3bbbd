// Replaces the service user's own key and its key file (ZITADEL_KEY_FILE). Programs that use the file keep running,
// with the new key; the old one is removed after five minutes. It is safe to interrupt: the next run finishes the
// rotation.
import { createZitadel } from "zitadel-connect";
import { rotateKey } from "zitadel-connect/service-users";

await using zitadel = createZitadel();
const { keyId, previousKeyId, expirationDate } = await rotateKey(zitadel, {
  keyFile: process.env["ZITADEL_KEY_FILE"] ?? "",
  graceMs: Number(process.env["GRACE_MS"] ?? 300_000),
});
console.log(`${keyId} instead of ${previousKeyId}, until ${expirationDate.toISOString()}`);
