import { spawn } from "node:child_process";
import { once } from "node:events";

/** Starts a server of Next.js on a free port. */
export async function startServer(command, args, env = {}) {
  const options = { PORT: "0", HOSTNAME: "localhost", NEXT_TELEMETRY_DISABLED: "1", ...env };
  const child = spawn(command, args, {
    env: { ...process.env, ...options },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const { promise, resolve, reject } = Promise.withResolvers();
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    process.stdout.write(text);
    output += text;
    const url = /http:\/\/localhost:\d+/.exec(output)?.[0];
    if (url !== undefined) resolve(url);
  });
  ended.then(([code]) => reject(new Error(`${command} ended with ${code}`)));
  return {
    url: await promise,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** Keeps no connection, since dev.mjs counts them. */
export async function request(url, options = {}) {
  const response = await fetch(url, { redirect: "manual", headers: { connection: "close" }, ...options });
  const text = await response.text();
  if (response.status >= 400) throw new Error(`${url}: ${response.status} ${text}`);
  return { text, location: response.headers.get("location") };
}
