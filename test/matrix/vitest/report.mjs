/** What Vitest reports of a test that fails to sign in has the message and the line of the call. */
import { spawnSync } from "node:child_process";

const { status, stdout, stderr } = spawnSync("vitest", ["run", "--test-timeout=60000", "sign-in.spec.ts"], {
  encoding: "utf8",
});
const report = stdout + stderr;
console.log(report);
if (status !== 1) throw new Error(`exit code ${status} instead of 1`);
for (const expected of ["client not found", "sign-in.spec.ts:", "// this line"]) {
  if (!report.includes(expected)) throw new Error(`the report lacks ${expected}`);
}
console.log("calls made");
