/**
 * The module that a bundle for a browser, or for an edge runtime without Node's modules, gets through the conditions
 * `browser` and `edge-light` of package.json's `exports`.
 */
throw new Error(
  "zitadel-connect is for back ends, since it holds the secrets of a service user: it runs on Node.js, Bun, Deno and " +
    "Cloudflare Workers, but this bundle is for a browser or for an edge runtime without Node's modules. Call Zitadel from " +
    'your server and let this code call that; in Next.js set `runtime = "nodejs"`, in Jest `testEnvironment: "node"`.',
);

export {};
