import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import ts from "typescript-language-service";
import { root } from "../../scripts/pinned-api.ts";

/** The declarations of the package, not its source. */
const PUBLISHED = { "zitadel-connect": ["./dist/index.d.ts"] };

/** An editor in which programs are open. It compiles all of them at once, since each time takes a good part of a second. */
class Editor {
  readonly #texts = new Map<string, string>();
  readonly #service: ts.LanguageService;

  constructor() {
    const compilerOptions = {
      target: "esnext",
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      paths: PUBLISHED,
    };
    const extending = { extends: "./tsconfig.json", compilerOptions, files: [] };
    const { options } = ts.parseJsonConfigFileContent(extending, ts.sys, root);
    this.#service = ts.createLanguageService({
      getScriptFileNames: () => [...this.#texts.keys(), join(root, "globals.d.ts")],
      getScriptVersion: () => "0",
      getScriptSnapshot: (name) => {
        const content = this.#texts.get(name) ?? ts.sys.readFile(name);
        return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
      },
      getCurrentDirectory: () => root,
      getCompilationSettings: () => options,
      getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
      fileExists: (name) => this.#texts.has(name) || ts.sys.fileExists(name),
      readFile: ts.sys.readFile,
    });
  }

  /** Opens a program that has a client, and may have a mark, `@`. */
  open(marked: string): OpenProgram {
    const source = `import { createZitadel } from "zitadel-connect";\nexport const zitadel = createZitadel();\n${marked}`;
    const file = join(root, `examples/open-${this.#texts.size}.ts`);
    this.#texts.set(file, source.replace("@", ""));
    return new OpenProgram(this.#service, file, source.indexOf("@"));
  }
}

class OpenProgram {
  readonly #service: ts.LanguageService;
  readonly #file: string;
  readonly #mark: number;

  constructor(service: ts.LanguageService, file: string, mark: number) {
    this.#service = service;
    this.#file = file;
    this.#mark = mark;
  }

  /** The hover text of the expression before the mark. */
  hover(): { shown: string; documentation: string; tags: string[] } {
    const info = this.#service.getQuickInfoAtPosition(this.#file, this.#mark - 1);
    return {
      shown: ts.displayPartsToString(info?.displayParts),
      documentation: ts.displayPartsToString(info?.documentation),
      tags: (info?.tags ?? []).map(({ name }) => name),
    };
  }

  /** The completions at the mark: names, or deprecated names. */
  complete(): Map<string, "offered" | "deprecated"> {
    const offers = this.#service.getCompletionsAtPosition(this.#file, this.#mark, {});
    return new Map(
      offers?.entries.map(({ name, kindModifiers = "" }) => [
        name,
        kindModifiers.includes("deprecated") ? "deprecated" : "offered",
      ]),
    );
  }

  /** The strings of a union that is the type of the last variable. */
  literals(): string[] {
    const program = this.#service.getProgram();
    const last = program?.getSourceFile(this.#file)?.statements.at(-1);
    assert.ok(program !== undefined && last !== undefined && ts.isVariableStatement(last));
    const [declaration] = last.declarationList.declarations;
    assert.ok(declaration !== undefined);
    const type = program.getTypeChecker().getTypeAtLocation(declaration);
    return type.isUnion() ? type.types.flatMap((one) => (one.isStringLiteral() ? one.value : [])) : [];
  }

  errors(): string[] {
    return this.#service
      .getSemanticDiagnostics(this.#file)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
  }

  /** Its declarations (.d.ts). */
  declarations(): string {
    return this.#service
      .getEmitOutput(this.#file, true)
      .outputFiles.map(({ text }) => text)
      .join("");
  }
}

const editor = new Editor();
const open = (marked: string) => editor.open(marked);

describe("an editor", () => {
  const listUsers = open("zitadel.user.v2.listUsers@");
  it("shows the documentation of an RPC on the client", () => {
    assert.match(listUsers.hover().documentation, /^Search Users\n\nSearch for users/);
  });

  const getUserByID = open("zitadel.management.v1.getUserByID@");
  it("marks a deprecated RPC", () => {
    assert.ok(getUserByID.hover().tags.includes("deprecated"));
  });

  const field = open("(await zitadel.user.v2.listPersonalAccessTokens()).result[0]?.id@;");
  it("shows the documentation of a field of a response", () => {
    assert.match(field.hover().documentation, /^The unique identifier of the personal access token/);
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
    const program = open(marked);
    it(`shows the documentation of a field ${what}`, () => {
      assert.match(program.hover().documentation, documentation);
    });
  }

  const date = open("zitadel.user.v2.addPersonalAccessToken({ expirationDate@: new Date() });");
  it("shows what a field of a request accepts", () => {
    assert.equal(
      date.hover().shown,
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
    const program = open(written);
    it(`explains a mistake in one sentence: ${written}`, () => {
      assert.deepEqual(program.errors(), [error]);
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
    const program = open(marked);
    it(`shows no tree of services, but its name, of ${marked.replaceAll("@", "")}`, () => {
      const { shown } = program.hover();
      assert.notEqual(shown, "");
      assert.ok(shown.length <= 180 && !shown.includes("$service"), shown);
    });
  }

  const texts = open("zitadel.management.v1.setCustomLoginText({ @ });");
  const linking = open("zitadel.management.v1.setCustomLoginText({ linkingUserPromptText@: {} });");
  it("completes the fields of a request, and marks a deprecated one", () => {
    const fields = texts.complete();
    assert.equal(fields.get("passwordText"), "offered");
    assert.equal(fields.get("linkingUserPromptText"), "deprecated");
    assert.ok(linking.hover().tags.includes("deprecated"));
  });

  const column = open('zitadel.user.v2.listUsers({ sortingColumn: "@" });');
  it("completes the names of the values of an enum", () => {
    assert.equal(column.complete().get("USER_FIELD_NAME_EMAIL"), "offered");
  });

  const url = open('createZitadel({ url@: "" });');
  it("shows the documentation of an option", () => {
    assert.match(url.hover().documentation, /^The URL of the instance/);
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
    const program = open(`import { ${METHODS} } from "zitadel-connect";\n${marked}`);
    it(`shows the documentation of an option of a method: ${marked.replace("@", "")}`, () => {
      assert.match(program.hover().documentation, documentation);
    });
  }

  const origins = [
    open('import { ZitadelError } from "zitadel-connect";\nnew ZitadelError(null as never).origin@;'),
    open('import type { ErrorOrigin } from "zitadel-connect";\nlet origin: ErrorOrigin@;'),
  ];
  for (const origin of ["server", "transport", "authentication", "client"]) {
    it(`shows what the origin "${origin}" of an error means`, () => {
      for (const program of origins) {
        assert.match(program.hover().documentation, new RegExp(`- \`${origin}\`: \\w+`));
      }
    });
  }

  for (const name of ["AuthEvent", "TransportEvent"] as const) {
    const last = open(`import type { ${name} } from "zitadel-connect";\nlet type: ${name}["type"]@;`);
    it(`shows when each ${name} is emitted`, () => {
      const types = last.literals();
      assert.ok(types.length >= 12);
      const events = types.map((type) => {
        const event = `let event: Extract<${name}, { type: "${type}" }>;`;
        return open(`import type { ${name} } from "zitadel-connect";\n${event}\nevent.type@;`);
      });
      for (const [index, event] of events.entries()) {
        assert.match(event.hover().documentation, /^[A-Z].*\.$/s, types[index]);
      }
    });
  }
});

describe("the declarations of a module that exports a client", () => {
  const pinned = open("export const clients = { acme: zitadel.withOrganization('1') };");
  it("name the services, but not all of them", () => {
    const declarations = pinned.declarations();
    assert.match(declarations, /zitadel: .*Zitadel<.*PinnedServices>/);
    assert.match(declarations, /acme: .*Zitadel<.*PinnedServices>/);
    assert.ok(declarations.length < 1_000, declarations);
  });

  const generated = open(
    'import { services } from "../gen/services.js";\nexport const acme = createZitadel({ services });',
  );
  it("name generated services, too", () => {
    const declarations = generated.declarations();
    assert.match(declarations, /acme: .*Zitadel<.*gen\/services\.js"\)\.Services>/);
    assert.ok(declarations.length < 1_000, declarations);
  });
});
