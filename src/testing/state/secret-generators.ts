import type { JsonObject } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import { toNanoseconds } from "./event-payloads.ts";
import type { History } from "./model/aggregate.ts";
import type { SecretGenerator, SecretPurpose } from "./model/instance-settings.ts";
import type { Store } from "./model/store.ts";
import { differences, newHistory, writePartEvents } from "./store.ts";

/** In the order of their numbers in events, which start at 1. */
const PURPOSES: readonly SecretPurpose[] = [
  "init",
  "email",
  "phone",
  "domain",
  "password",
  "passkey",
  "appSecret",
  "otpSms",
  "otpEmail",
  "invite",
];

/** Changes how codes or secrets are generated. */
export function changeSecretGenerator(
  store: Store,
  purpose: SecretPurpose,
  wanted: Omit<SecretGenerator, keyof History>,
): SecretGenerator {
  if (wanted.length < 1) throw invalid("CRYPTO-FVJ2x");
  const { includeLowerLetters, includeUpperLetters, includeDigits, includeSymbols } = wanted;
  if (![includeLowerLetters, includeUpperLetters, includeDigits, includeSymbols].includes(true)) {
    throw invalid("CRYPTO-Ckl2s");
  }
  const { secretGenerators } = store.settings;
  const generator: SecretGenerator = secretGenerators.get(purpose) ?? {
    ...newHistory(store.now()),
    ...wanted,
  };
  const { expiryMs, ...changes } = differences(generator, wanted);
  if (expiryMs === undefined && Object.keys(changes).length === 0) {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-m0o3f", "No changes");
  }
  secretGenerators.set(purpose, Object.assign(generator, wanted));
  const payload: JsonObject = {
    generatorType: PURPOSES.indexOf(purpose) + 1,
    // Only defined values differ, so this is JSON.
    ...(changes as JsonObject),
    ...(expiryMs === undefined ? {} : { expiry: toNanoseconds(expiryMs) }),
  };
  writePartEvents(store, store.instance, generator, { type: "instance.secret.generator.changed", payload });
  return generator;
}

function invalid(id: string): Error {
  return zitadelError(Code.InvalidArgument, id, "Errors.InvalidArgument");
}
