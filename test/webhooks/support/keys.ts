import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { JSONWebKeySet } from "jose";

/** An RSA key pair with an id. */
export interface KeyPair {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function keyPair(id: string): KeyPair {
  return { id, ...generateKeyPairSync("rsa", { modulusLength: 2048 }) };
}

export function keySet(...keys: readonly KeyPair[]): JSONWebKeySet {
  return {
    keys: keys.map(({ id, publicKey }) => ({
      ...(publicKey.export({ format: "jwk" }) as { kty: string }),
      kid: id,
      use: "sig",
      alg: "RS256",
    })),
  };
}

/** A server on a loopback port that publishes keys, and counts the requests. */
export class KeyServer {
  requests = 0;
  status = 200;
  keys: readonly KeyPair[];
  url = "";
  readonly #server = createServer((_, response) => {
    this.requests += 1;
    response.writeHead(this.status, { "content-type": "application/json" });
    response.end(JSON.stringify(keySet(...this.keys)));
  });

  private constructor(keys: readonly KeyPair[]) {
    this.keys = keys;
  }

  static async start(...keys: readonly KeyPair[]): Promise<KeyServer> {
    const self = new KeyServer(keys);
    self.#server.listen(0, "127.0.0.1");
    await once(self.#server, "listening");
    self.url = `http://127.0.0.1:${(self.#server.address() as AddressInfo).port}/oauth/v2/keys`;
    return self;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
