import { generateKeyPair, type KeyObject, randomBytes, sign } from "node:crypto";
import { promisify } from "node:util";
import { der } from "./der.ts";
import type { Identity } from "./port.ts";

/** Ends with the last year that UTCTime can express (RFC 5280, section 4.1.2.5.1). */
const VALIDITY = { from: new Date(Date.UTC(2000, 0, 1)), until: new Date(Date.UTC(2049, 11, 31)) };

/** The names by which a client may reach the loopback interface. */
const DNS_NAME = 2;
const IP_ADDRESS = 7;
const LOOPBACK: readonly Uint8Array[] = [
  der.implicit(DNS_NAME, Buffer.from("localhost")),
  der.implicit(IP_ADDRESS, Uint8Array.of(127, 0, 0, 1)),
  der.implicit(
    IP_ADDRESS,
    Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? 1 : 0)),
  ),
];

const ECDSA_WITH_SHA256 = der.sequence(der.oid("1.2.840.10045.4.3.2"));
const NAME = der.sequence(der.set(der.sequence(der.oid("2.5.4.3"), der.utf8("zitadel-connect emulator"))));

/**
 * Creates a self-signed certificate for `localhost` and other hosts. Clients that trust it as a certificate authority
 * accept it. Its validity is fixed, since tests may replace `Date`, but TLS uses the real time.
 */
export async function createSelfSignedIdentity(hosts: readonly string[] = []): Promise<Identity> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)("ec", { namedCurve: "P-256" });
  const names = hosts.map((host) => der.implicit(DNS_NAME, Buffer.from(host)));
  const body = encodeBody(publicKey, [...LOOPBACK, ...names]);
  const signature = sign("sha256", body, privateKey);
  return {
    cert: toPem("CERTIFICATE", der.sequence(body, ECDSA_WITH_SHA256, der.bitString(signature))),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function encodeBody(publicKey: KeyObject, names: readonly Uint8Array[]): Uint8Array {
  const version3 = der.explicit(0, der.integer(Uint8Array.of(2)));
  const serial = der.integer(Buffer.concat([Uint8Array.of(1), randomBytes(8)]));
  const validity = der.sequence(der.utcTime(VALIDITY.from), der.utcTime(VALIDITY.until));
  const spki = publicKey.export({ type: "spki", format: "der" });
  const extensions = der.explicit(
    3,
    der.sequence(
      encodeExtension("2.5.29.19", true, der.sequence(der.boolean(true))),
      encodeExtension("2.5.29.17", false, der.sequence(...names)),
    ),
  );
  return der.sequence(version3, serial, ECDSA_WITH_SHA256, NAME, validity, NAME, spki, extensions);
}

function encodeExtension(oid: string, critical: boolean, value: Uint8Array): Uint8Array {
  const flag = critical ? [der.boolean(true)] : [];
  return der.sequence(der.oid(oid), ...flag, der.octetString(value));
}

function toPem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
