import { durationFromMs, durationMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { AdminService } from "../../../../gen/zitadel/admin_pb.js";
import { zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import type { SecretGenerator, SecretPurpose } from "../../state/model/instance-settings.ts";
import type { Store } from "../../state/model/store.ts";
import { changeSecretGenerator } from "../../state/secret-generators.ts";
import { toChangeDetailsV1, toObjectDetailsV1 } from "../details.ts";
import { type Matchers, matchesQueries, toListResponse } from "./lists.ts";

/** By the enum's numbers in the API, which has none for domain verification codes. */
const TYPES: readonly (SecretPurpose | undefined)[] = [
  undefined,
  "init",
  "email",
  "phone",
  "password",
  "passkey",
  "appSecret",
  "otpSms",
  "otpEmail",
  "invite",
];

type Entry = readonly [SecretPurpose, SecretGenerator];

const MATCHERS: Matchers<
  Entry,
  { query: { case: "typeQuery"; value: { generatorType: number } } | { case: undefined } }
> = {
  typeQuery: ([purpose], { generatorType }) => toType(purpose) === generatorType,
};

/** Secret generators, in zitadel.admin.v1.AdminService. */
export function createSecretGeneratorsV1(store: Store): Handlers<typeof AdminService> {
  const view = ([purpose, { sequence, createdAt, changedAt, expiryMs, ...settings }]: Entry) => ({
    generatorType: toType(purpose),
    details: toObjectDetailsV1({ sequence, createdAt, changedAt, resourceOwner: store.instanceId }),
    expiry: durationFromMs(expiryMs),
    ...settings,
  });
  return {
    listSecretGenerators: (request) => {
      const all = [...store.settings.secretGenerators];
      const found = all.filter((one) => matchesQueries(one, request.queries, MATCHERS));
      return toListResponse(store, request, found, { view });
    },
    getSecretGenerator: ({ generatorType }) => {
      const purpose = TYPES[generatorType];
      const found = [...store.settings.secretGenerators].find(([one]) => one === purpose);
      if (found !== undefined) return { secretGenerator: view(found) };
      throw zitadelError(Code.NotFound, "QUERY-m9wff", "Secret generator not found");
    },
    updateSecretGenerator: ({ generatorType, expiry, ...request }) => {
      const purpose = TYPES[generatorType];
      if (purpose === undefined) {
        throw zitadelError(Code.InvalidArgument, "COMMAND-33k9f", "Errors.SecretGenerator.TypeMissing");
      }
      const { length, includeLowerLetters, includeUpperLetters, includeDigits, includeSymbols } = request;
      const expiryMs = expiry === undefined ? 0 : durationMs(expiry);
      const letters = { includeLowerLetters, includeUpperLetters, includeDigits, includeSymbols };
      const generator = changeSecretGenerator(store, purpose, { length, expiryMs, ...letters });
      return { details: toChangeDetailsV1({ ...generator, resourceOwner: store.instanceId }) };
    },
  };
}

function toType(purpose: SecretPurpose): number {
  return Math.max(0, TYPES.indexOf(purpose));
}
