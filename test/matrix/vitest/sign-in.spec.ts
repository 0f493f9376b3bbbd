import { test } from "vitest";
import { clientCredentials, createZitadel } from "zitadel-connect";

test("fails to sign in", async () => {
  const { url } = JSON.parse(process.env["MATRIX_INSTANCE"] ?? "");
  const zitadel = createZitadel({
    url,
    auth: clientCredentials({ clientId: "nobody", clientSecret: "wrong" }),
  });
  await zitadel.auth.v1.getMyUser(); // this line
});
