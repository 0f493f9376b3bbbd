import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import ts from "typescript-language-service";
import { root } from "../../scripts/pinned-api.ts";

const file = join(root, "examples/hover.ts");

/** The declarations of the package, not its source. */
const PUBLISHED = { "zitadel-connect": ["./dist/index.d.ts"] };

/** An editor with a program that is replaced repeatedly. */
class Editor {
  #text = "";
  #version = 0;
  readonly #service: ts.LanguageService;

  constructor() {
    const compilerOptions = { target: "esnext", paths: PUBLISHED };
    const extending = { extends: "./tsconfig.json", compilerOptions, files: [] };
    const { options } = ts.parseJsonConfigFileContent(extending, ts.sys, root);
    this.#service = ts.createLanguageService({
      getScriptFileNames: () => [file, join(root, "globals.d.ts")],
      getScriptVersion: (name) => (name === file ? String(this.#version) : "0"),
      getScriptSnapshot: (name) => {
        const content = name === file ? this.#text : ts.sys.readFile(name);
        return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
      },
      getCurrentDirectory: () => root,
      getCompilationSettings: () => options,
      getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
      fileExists: ts.sys.fileExists,
      readFile: ts.sys.readFile,
    });
  }

  /** The hover text of the expression before `@`. */
  hover(marked: string): { shown: string; documentation: string; tags: string[] } {
    const info = this.#service.getQuickInfoAtPosition(file, this.#write(marked) - 1);
    return {
      shown: ts.displayPartsToString(info?.displayParts),
      documentation: ts.displayPartsToString(info?.documentation),
      tags: (info?.tags ?? []).map(({ name }) => name),
    };
  }

  /** The completions at the mark: names, or deprecated names. */
  complete(marked: string): Map<string, "offered" | "deprecated"> {
    const offers = this.#service.getCompletionsAtPosition(file, this.#write(marked), {});
    return new Map(
      offers?.entries.map(({ name, kindModifiers = "" }) => [
        name,
        kindModifiers.includes("deprecated") ? "deprecated" : "offered",
      ]),
    );
  }

  /** The strings of a union that is the type of a variable before the mark. */
  literals(marked: string): string[] {
    this.#write(marked);
    const program = this.#service.getProgram();
    const last = program?.getSourceFile(file)?.statements.at(-1);
    assert.ok(program !== undefined && last !== undefined && ts.isVariableStatement(last));
    const [declaration] = last.declarationList.declarations;
    assert.ok(declaration !== undefined);
    const type = program.getTypeChecker().getTypeAtLocation(declaration);
    return type.isUnion() ? type.types.flatMap((one) => (one.isStringLiteral() ? one.value : [])) : [];
  }

  /** The diagnostics of the program. */
  errors(marked: string): string[] {
    this.#write(marked);
    return this.#service
      .getSemanticDiagnostics(file)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
  }

  /** The position of the mark. */
  #write(marked: string): number {
    const source = `import { createZitadel } from "zitadel-connect";\nconst zitadel = createZitadel();\n${marked}`;
    this.#text = source.replace("@", "");
    this.#version += 1;
    return source.indexOf("@");
  }
}

const editor = new Editor();
const hover = (marked: string) => editor.hover(marked);
const complete = (marked: string) => editor.complete(marked);

describe("an editor", () => {
  it("shows the documentation of an RPC on the client", () => {
    assert.match(hover("zitadel.user.v2.listUsers@").documentation, /^Search Users\n\nSearch for users/);
  });

  it("marks a deprecated RPC", () => {
    assert.ok(hover("zitadel.management.v1.getUserByID@").tags.includes("deprecated"));
  });

  it("shows the documentation of a field of a response", () => {
    const { documentation } = hover("(await zitadel.user.v2.listPersonalAccessTokens()).result[0]?.id@;");
    assert.match(documentation, /^The unique identifier of the personal access token/);
  });

  const requests: readonly [what: string, marked: string, documentation: RegExp][] = [
    [
      "of a request",
      "zitadel.user.v2.createUser({ organizationId@: '1' });",
      /^The unique identifier of the organization the user belongs to/,
    ],
    [
      "that holds a oneof",
      "zitadel.user.v2.createUser({ userType@: { case: 'machine', value: { name: 'bot' } } });",
      /^The type of the user/,
    ],
    [
      "chosen in a oneof",
      "zitadel.user.v2.createUser({ userType: { case: 'machine', value@: { name: 'bot' } } });",
      /^Users of type machine are users that are meant to be used by a machine/,
    ],
    [
      "of a message in a oneof",
      "zitadel.user.v2.createUser({ userType: { case: 'human', value: { profile@: {} } } });",
      /^Set the users profile information/,
    ],
    [
      "of messages in a list",
      "zitadel.user.v2.listUsers({ queries: [{ query: { case: 'emailQuery', value: { method@: 'TEXT_QUERY_METHOD_CONTAINS' } } }] });",
      /^defines which text equality method is used/,
    ],
    [
      "that takes a Date",
      "zitadel.user.v2.addPersonalAccessToken({ expirationDate@: new Date() });",
      /^The timestamp when the token will expire/,
    ],
  ];
  for (const [what, marked, documentation] of requests) {
    it(`shows the documentation of a field ${what}`, () => {
      assert.match(hover(marked).documentation, documentation);
    });
  }

  it("shows what a field of a request accepts", () => {
    assert.equal(
      hover("zitadel.user.v2.addPersonalAccessToken({ expirationDate@: new Date() });").shown,
      "(property) expirationDate?: string | Date | MessageInput<Timestamp, EnumFields> | undefined",
    );
  });

  const mistakes: readonly [written: string, error: string][] = [
    [
      "zitadel.user.v2.getUserByID({ userid: '1' });",
      "Object literal may only specify known properties, but 'userid' does not exist in type " +
        "'MessageInput<GetUserByIDRequest, EnumFields>'. Did you mean to write 'userId'?",
    ],
    [
      "zitadel.user.v2.createUser({ userType: { case: 'human', value: { profil: {} } } });",
      "Object literal may only specify known properties, but 'profil' does not exist in type " +
        "'MessageInput<CreateUserRequest_Human, EnumFields>'. Did you mean to write 'profile'?",
    ],
    [
      "zitadel.user.v2.addPersonalAccessToken({ expirationDate: 5 });",
      "Type 'number' is not assignable to type 'string | Date | MessageInput<Timestamp, EnumFields> | undefined'.",
    ],
    [
      "zitadel.session.v2.createSession({ lifetime: true });",
      "Type 'true' is not assignable to type 'string | number | MessageInput<Duration, EnumFields> | undefined'.",
    ],
    [
      "zitadel.user.v2.addHumanUser({ profile: { gender: 'FEMALE' } });",
      `Type '"FEMALE"' is not assignable to type 'Gender | "GENDER_UNSPECIFIED" | "GENDER_FEMALE" | "GENDER_MALE" | ` +
        `"GENDER_DIVERSE" | undefined'.`,
    ],
  ];
  for (const [written, error] of mistakes) {
    it(`explains a mistake in one sentence: ${written}`, () => {
      assert.deepEqual(editor.errors(written), [error]);
    });
  }

  const short = [
    "createZitadel@();",
    "zitadel@;",
    "createZitadel({ logger@: console });",
    "zitadel.withOrganization@('1');",
    "zitadel.getAccessToken@();",
    "zitadel.user.v2@;",
    "zitadel.user.v2.getUserByID@();",
    "import { services } from '../gen/services.js'; createZitadel({ services }).withOrganization@('1');",
    "import { services } from '../gen/services.js'; createZitadel({ services }).user.v2@;",
  ];
  for (const marked of short) {
    it(`shows no tree of services, but its name, of ${marked.replaceAll("@", "")}`, () => {
      const { shown } = hover(marked);
      assert.notEqual(shown, "");
      assert.ok(shown.length <= 180 && !shown.includes("$service"), shown);
    });
  }

  it("completes the fields of a request, and marks a deprecated one", () => {
    const fields = complete("zitadel.management.v1.setCustomLoginText({ @ });");
    assert.equal(fields.get("passwordText"), "offered");
    assert.equal(fields.get("linkingUserPromptText"), "deprecated");
    assert.ok(
      hover("zitadel.management.v1.setCustomLoginText({ linkingUserPromptText@: {} });").tags.includes(
        "deprecated",
      ),
    );
  });

  it("completes the names of the values of an enum", () => {
    const names = complete('zitadel.user.v2.listUsers({ sortingColumn: "@" });');
    assert.equal(names.get("USER_FIELD_NAME_EMAIL"), "offered");
  });

  it("shows the documentation of an option", () => {
    assert.match(hover('createZitadel({ url@: "" });').documentation, /^The URL of the instance/);
  });

  const options: readonly [marked: string, documentation: RegExp][] = [
    ["privateKeyJwt({ keyFile@: '' });", /^The path of a key file/],
    ["privateKeyJwt({ key@: '' });", /^The content of a key file/],
    ["clientCredentials({ clientId: '', clientSecretFile@: '' });", /^The path of a file with the secret/],
    ["clientCredentials({ clientId: '', clientSecret@: '' });", /^The secret, or a function/],
    ["personalAccessToken({ tokenFile@: '' });", /^The path of a file with the token/],
    ["personalAccessToken({ token@: '' });", /^The token, or a function/],
    ["systemUser({ userId: '', keyFile@: '' });", /^The path of the private key in PEM/],
    ["systemUser({ userId: '', key@: '' });", /^The private key in PEM, or a function/],
    [
      "let options: import('zitadel-connect').OwnExchangeOptions = { subject@: { accessToken: '' }, client: { keyFile: '' } };",
      /^The user's access token/,
    ],
    [
      "tokenExchange({ subject@: { userId: '' }, actor: privateKeyJwt({ key: '' }), client: { keyFile: '' } });",
      /^The user that the actor impersonates/,
    ],
    [
      "tokenExchange({ subject: { accessToken@: '' }, client: { keyFile: '' } });",
      /^An access token of the user/,
    ],
    [
      "tokenExchange({ subject: { accessToken: '' }, client: { keyFile@: '' } });",
      /^The path of an application's key file/,
    ],
    [
      "tokenExchange({ subject: { accessToken: '' }, client: { key@: '' } });",
      /^The content of an application's key file/,
    ],
  ];
  const METHODS = "privateKeyJwt, clientCredentials, personalAccessToken, systemUser, tokenExchange";
  for (const [marked, documentation] of options) {
    it(`shows the documentation of an option of a method: ${marked.replace("@", "")}`, () => {
      assert.match(
        hover(`import { ${METHODS} } from "zitadel-connect";\n${marked}`).documentation,
        documentation,
      );
    });
  }

  for (const origin of ["server", "transport", "authentication", "client"]) {
    it(`shows what the origin "${origin}" of an error means`, () => {
      const shown = hover(
        'import { ZitadelError } from "zitadel-connect";\nnew ZitadelError(null as never).origin@;',
      );
      assert.match(shown.documentation, new RegExp(`- \`${origin}\`: \\w+`));
      const alias = hover('import type { ErrorOrigin } from "zitadel-connect";\nlet origin: ErrorOrigin@;');
      assert.match(alias.documentation, new RegExp(`- \`${origin}\`: \\w+`));
    });
  }

  for (const name of ["AuthEvent", "TransportEvent"] as const) {
    it(`shows when each ${name} is emitted`, () => {
      const types = editor.literals(
        `import type { ${name} } from "zitadel-connect";\nlet type: ${name}["type"]@;`,
      );
      assert.ok(types.length >= 12);
      for (const type of types) {
        const event = `let event: Extract<${name}, { type: "${type}" }>;`;
        const shown = hover(`import type { ${name} } from "zitadel-connect";\n${event}\nevent.type@;`);
        assert.match(shown.documentation, /^[A-Z].*\.$/s, type);
      }
    });
  }
});
