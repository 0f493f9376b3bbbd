/** Makes docs/cli.md from the help of the commands. Run this to rewrite it; a test compares. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatCommandHelp } from "../src/cli/command.ts";
import { COMMANDS } from "../src/cli/commands.ts";
import { EXIT_CODES } from "../src/cli/exit-code.ts";
import { root } from "./pinned-api.ts";

/** The path of the page. */
export const CLI_DOCS = "docs/cli.md";

const INTRODUCTION = `# The command line

\`zitadel-connect\` calls every RPC of a Zitadel instance as a service user, and says of each what it takes. It comes with
the package:

\`\`\`sh
npm install zitadel-connect
export ZITADEL_API_URL=https://acme.zitadel.cloud ZITADEL_KEY_FILE=service-user.json
npx zitadel-connect whoami
npx zitadel-connect describe user                            # what is there about users?
npx zitadel-connect call user.v2.listUsers --limit 5         # call it
npx zitadel-connect call user.v2.listUsers --all | jq .userId
\`\`\`

This page is made from the help of the commands: \`zitadel-connect <command> --help\` says the same.

## As whom

What the options say wins; then comes the profile that \`--profile\` or \`ZITADEL_PROFILE\` names, with which the environment has
no say; then the environment, as [the library reads it](authentication.md); then the profile \`default\`.
\`zitadel-connect login\` stores a profile: the url and the path of a file, never what is in it.

| | Linux | macOS | Windows |
|---|---|---|---|
| profiles, \`profiles.json\` in | \`~/.config/zitadel-connect\` | \`~/Library/Application Support/zitadel-connect\` | \`%APPDATA%\\zitadel-connect\` |
| tokens and descriptions in | \`~/.cache/zitadel-connect\` | \`~/Library/Caches/zitadel-connect\` | \`%LOCALAPPDATA%\\zitadel-connect\` |

\`XDG_CONFIG_HOME\` and \`XDG_CACHE_HOME\` name other places. Tokens are kept from one command to the next in files of mode
0600, sealed under a key that is derived from the credential: who has the file and not the credential has nothing. So a call
costs the connection and the RPC itself. What an instance says of its API is kept for a day. \`--no-cache\` does without both;
\`zitadel-connect logout\` deletes tokens.

No secret is ever an argument, where other users of the machine and the history of the shell would have it: a credential is
named by its file, and a password or a token in a request comes from a file (\`--password @file\`) or from standard input.

## Output

Results go to standard output, everything else to standard error: errors with what to do about them and the id under which
the server's log has the request. \`--debug\` adds each step. Results are JSON, by [protobuf's mapping](https://protobuf.dev/programming-guides/json/);
with \`--all\` a line for each item, as the pages come, which \`| head\` ends. There are colours on a terminal alone, and none
with \`NO_COLOR\`.
`;

/** The whole page. */
export async function cliDocs(): Promise<string> {
  const codes = Object.entries(EXIT_CODES).map(([code, meaning]) => `| ${code} | ${meaning} |`);
  const sections = await Promise.all(
    Object.entries(COMMANDS).map(async ([name, { summary, load }]) => {
      const help = formatCommandHelp(name, summary, await load());
      return `## ${name}\n\n\`\`\`text\n${help}\`\`\`\n`;
    }),
  );
  const exit = `## Exit codes\n\n| code | meaning |\n|---|---|\n${codes.join("\n")}\n`;
  return [INTRODUCTION, exit, ...sections].join("\n");
}

if (import.meta.main) writeFileSync(join(root, CLI_DOCS), await cliDocs());
