// The smallest program that makes one call with each client, as modules that run unchanged: with TypeScript, each
// would pay for the removal of its types.
import { pathToFileURL } from "node:url";

export interface Program {
  /** The folder whose `node_modules` it imports from. */
  readonly folder: "." | "bench";
  /** Statements that are not timed, since they are known when a program is written. */
  readonly code: string;
}

/** The environment variables of a program. */
export interface Surroundings {
  readonly ORIGIN: string;
  readonly TOKEN: string;
  readonly KEY_FILE: string;
}

const environment = "const { ORIGIN: url, TOKEN: token, KEY_FILE: keyFile } = process.env;";
const ours = "const { result } = await zitadel.user.v2.listUsers({ query: { limit: 5 } });";
const theirs = "const { result } = await client.listUsers({ query: { limit: 5 } }";

/** There is nothing to measure without a response. */
const check = 'if (result.length === 0) throw new Error("There are no users");';

/** Our programs, with the package as it is built in a folder. */
export function ourPrograms(root: string): Readonly<Record<"ours, PAT" | "ours, private key JWT", Program>> {
  const dist = JSON.stringify(pathToFileURL(`${root}/dist/index.js`));
  return {
    "ours, PAT": {
      folder: ".",
      code: `
      import { createZitadel, personalAccessToken } from ${dist};
      ${environment}
      const zitadel = createZitadel({ url, auth: personalAccessToken({ token }) });
      ${ours}${check}`,
    },
    "ours, private key JWT": {
      folder: ".",
      code: `
      import { createZitadel, privateKeyJwt } from ${dist};
      ${environment}
      const zitadel = createZitadel({ url, auth: privateKeyJwt({ keyFile }) });
      ${ours}${check}`,
    },
  };
}

const gen = JSON.stringify(
  pathToFileURL(`${import.meta.dirname}/../../gen/zitadel/user/v2/user_service_pb.js`),
);

export const programs: Readonly<Record<string, Program>> = {
  ...ourPrograms(`${import.meta.dirname}/../..`),
  "connect-node, PAT": {
    folder: ".",
    code: `
      import { createClient } from "@connectrpc/connect";
      import { createConnectTransport } from "@connectrpc/connect-node";
      import { UserService } from ${gen};
      ${environment}
      const client = createClient(UserService, createConnectTransport({ baseUrl: url, httpVersion: "2" }));
      ${theirs}, { headers: { authorization: "Bearer " + token } });${check}`,
  },
  "@zitadel/node, PAT": {
    folder: "bench",
    code: `
      import { createAccessTokenInterceptor, createUserClient } from "@zitadel/node/dist/api/index.js";
      ${environment}
      const client = createUserClient(url, createAccessTokenInterceptor(token));
      const { result } = await client.listUsers({ query: { offset: "0", limit: 5, asc: false } });${check}`,
  },
  "@zitadel/client, PAT": {
    folder: "bench",
    code: `
      import { createServerTransport } from "@zitadel/client/node";
      import { createUserServiceClient } from "@zitadel/client/v2";
      ${environment}
      const client = createUserServiceClient(createServerTransport(token, { baseUrl: url }));
      ${theirs});${check}`,
  },
};
