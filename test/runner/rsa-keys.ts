/**
 * Lets the tests of one process take turns with a few RSA key pairs, since generating one takes longer than most tests.
 * Each of the next `COUNT` pairs is another one, which is more than any test compares.
 */
import crypto, { type KeyObject, type RSAKeyPairOptions } from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { promisify } from "node:util";

const COUNT = 12;
const BITS = 2048;

interface Pair<T = KeyObject> {
  readonly publicKey: T;
  readonly privateKey: T;
}

type Encodings = RSAKeyPairOptions<"pem", "pem"> | undefined;
type GeneratePair = (type: string, options: Encodings) => Pair<unknown>;

const generate = crypto.generateKeyPairSync as GeneratePair;
const generateAsync = crypto.generateKeyPair as (type: string, options: Encodings, callback: unknown) => void;
const pairs: Pair[] = [];
let taken = 0;

function takePair(): Pair {
  const index = taken++ % COUNT;
  // Without encodings, they are key objects.
  pairs[index] ??= generate("rsa", { modulusLength: BITS } as Encodings) as Pair;
  return pairs[index];
}

const isPooled = (type: string, options: Encodings): boolean =>
  type === "rsa" && options?.modulusLength === BITS;

const takeEncoded: GeneratePair = (type, options) => {
  if (!isPooled(type, options)) return generate(type, options);
  const { publicKey, privateKey } = takePair();
  const { publicKeyEncoding, privateKeyEncoding } = options ?? {};
  return {
    publicKey: publicKeyEncoding === undefined ? publicKey : publicKey.export(publicKeyEncoding),
    privateKey: privateKeyEncoding === undefined ? privateKey : privateKey.export(privateKeyEncoding),
  };
};

/** Node's function has a form of its own for `promisify()`, since its callback has two results. */
const takeEncodedAsync = Object.assign(
  (type: string, options: Encodings, callback: (error: Error | null, ...keys: unknown[]) => void) => {
    if (!isPooled(type, options)) return generateAsync(type, options, callback);
    const { publicKey, privateKey } = takeEncoded(type, options);
    setImmediate(callback, null, publicKey, privateKey);
  },
  {
    [promisify.custom]: async (type: string, options: Encodings) => takeEncoded(type, options),
  },
);

Object.assign(crypto, { generateKeyPairSync: takeEncoded, generateKeyPair: takeEncodedAsync });
// Also for modules that import them by name.
syncBuiltinESMExports();
