// The format of the services in this folder; services.ts explains it.

/** A service, with the types of its requests and responses. */
export interface Description {
  readonly package: string;
  /** The pinned API has the service, and this is what differs. */
  readonly extends: boolean;
  readonly service: string;
  readonly rpcs: readonly { readonly name: string; readonly permission: string }[];
  readonly messages: ReadonlyMap<string, readonly Member[]>;
  readonly enums: ReadonlyMap<string, readonly string[]>;
}

/** A field, or a oneof of some. */
export interface Member {
  readonly name: string;
  readonly required: boolean;
  /** The members of a oneof, or the oneof that it belongs to. */
  readonly fields: readonly Field[];
  readonly isOneof: boolean;
}

export interface Field {
  readonly name: string;
  readonly mark: "[]" | "?" | "";
  readonly type: string;
  /** `validate.rules`, as JSON. */
  readonly rules: unknown;
}

/** Statements are lines, and indented lines belong to the one before. */
export function parseDescription(text: string): Description {
  const statements = text
    .replaceAll(/\n {2,}/g, " ")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [, head = "", rest = ""] = /^([^:]*):?(.*)$/.exec(line) ?? [];
      return { words: head.split(" "), rest: rest.trim() };
    });
  const withWord = (first: string): { name: string; rest: string }[] =>
    statements.flatMap(({ words: [word, name = ""], rest }) => (word === first ? [{ name, rest }] : []));
  const messages = statements.filter(({ words }) => words.length === 1);
  return {
    package: [...withWord("package"), ...withWord("extends")][0]?.name ?? "",
    extends: withWord("extends").length > 0,
    service: withWord("service")[0]?.name ?? "",
    rpcs: withWord("rpc").flatMap(({ name: permission, rest }) =>
      rest.split(", ").map((name) => ({ name, permission })),
    ),
    messages: new Map(messages.map(({ words: [name = ""], rest }) => [name, parseMembers(rest)])),
    enums: new Map(withWord("enum").map(({ name, rest }) => [name, rest.split(" ")])),
  };
}

function parseMembers(text: string): Member[] {
  if (text === "") return [];
  return text.split(", ").map((member) => {
    const [, name, mark, fields = ""] = /^(\w+)(!)?\((.*)\)$/.exec(member) ?? [];
    if (name === undefined) {
      const field = parseField(member);
      return { name: field.name, required: false, fields: [field], isOneof: false };
    }
    return { name, required: mark === "!", fields: fields.split(" | ").map(parseField), isOneof: true };
  });
}

const FIELD = /^(\w+)(\[\]|\?)?(?: ([A-Za-z][\w.]*))?(!)?(?: (\d*)\.\.(\d*))?(?: @(.*))?$/;

function parseField(text: string): Field {
  const [, name, mark = "", type = "string", strict, least, most, more] = FIELD.exec(text) ?? [];
  if (name === undefined) throw new Error(`This is not a field: ${text}`);
  const length = { ...(least ? { minLen: least } : {}), ...(most ? { maxLen: most } : {}) };
  const rules = [
    ...(strict ? [{ enum: { definedOnly: true } }] : []),
    ...(least === undefined ? [] : [{ string: length }]),
    ...(more === undefined ? [] : [JSON.parse(more) as unknown]),
  ];
  return { name, mark: mark as Field["mark"], type, rules: rules[0] };
}
