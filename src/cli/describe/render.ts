import { formatRows, type HelpRow, wrap } from "../command-line.ts";
import { printTable } from "../output/table.ts";
import type { Terminal, Text } from "../terminal.ts";
import {
  type EnumDescription,
  type FieldDescription,
  findFirstSentence,
  type MessageDescription,
  type RpcDescription,
  type ServiceDescription,
} from "./description.ts";

/** Prints an RPC for people. */
export function printRpc(rpc: RpcDescription, terminal: Terminal): void {
  const { name, fullName, documentation, deprecated, request, response, example, options } = rpc;
  terminal.out(toBold(name), `  ${fullName}\n`);
  printParagraph(documentation, terminal);
  if (deprecated !== undefined) {
    const { text, successor } = deprecated;
    const instead = successor === undefined ? "" : ` Use ${successor} instead.`;
    const words = successor === undefined && text !== undefined ? text : "Deprecated.";
    terminal.out("\n", { text: wrap(`${words}${instead}`), style: "yellow" }, "\n");
  }
  terminal.out(`\n${formatRows(listFacts(rpc)).replaceAll(/^ {2}/gm, "")}\n`);
  printSection(`Request: ${request.name}`, terminal);
  terminal.out(formatFields(request));
  const types = [...new Set(request.fields.flatMap(findMessageType))];
  if (types.length > 0) {
    terminal.out(
      `\n  More of the request: ${types.map((type) => `zitadel-connect describe ${type}`).join("\n                       ")}\n`,
    );
  }
  printSection(`Response: ${response.name}`, terminal);
  terminal.out(formatFields(response));
  if (options.length > 0) {
    printSection("Options of call for fields of the request", terminal);
    terminal.out(
      `${wrap(options.join("  ").replaceAll(" <", "\u00a0<"), 86).replaceAll("\u00a0", " ").replaceAll(/^/gm, "  ").replaceAll(/ +$/gm, "")}\n`,
    );
  }
  printSection("Example", terminal);
  terminal.out(
    `  zitadel-connect call ${name} '${JSON.stringify(example, null, 2).replaceAll("\n", "\n  ")}'\n`,
  );
}

function listFacts({ access, streams, requirement, permissions, list }: RpcDescription): HelpRow[] {
  const kind =
    { read: "changes nothing", idempotent: "may be repeated", write: "changes something" }[access] ?? access;
  const none =
    permissions.length === 0 ? "not known: it may be open to every user" : permissions.join(" or ");
  return [
    { left: "kind", help: streams === undefined ? kind : `${kind}, ${streams}` },
    { left: "permission", help: wrap(requirement ?? none, 70) },
    ...(list === undefined
      ? []
      : [
          {
            left: "list",
            help: `of ${list.items}, ${list.paging === undefined ? "all at once" : `paged ${list.paging}; --all reads all pages`}`,
          },
        ]),
  ];
}

/** Prints a service for people. */
export function printService(service: ServiceDescription, terminal: Terminal): void {
  terminal.out(toBold(service.name), `  ${service.fullName}\n`);
  printParagraph(service.documentation, terminal);
  terminal.out("\n");
  printTable(terminal, {
    columns: ["RPC", "what it does"],
    rows: service.rpcs.map(({ name, summary, deprecated }) => [
      name,
      deprecated ? `(deprecated) ${summary}` : summary,
    ]),
  });
}

/** Prints a message for people. */
export function printMessage(message: MessageDescription, terminal: Terminal): void {
  terminal.out(toBold(message.name), "\n");
  printParagraph(message.documentation, terminal);
  terminal.out(`\n${formatFields(message)}`);
}

/** Prints an enum for people. */
export function printEnum({ name, documentation, values }: EnumDescription, terminal: Terminal): void {
  terminal.out(toBold(name), "\n");
  printParagraph(documentation, terminal);
  const rows = values.map((value) => ({
    left: value.name,
    help: wrap(findFirstSentence(value.documentation), 60),
  }));
  terminal.out(`\n${formatRows(rows)}\n`);
}

function formatFields({ fields }: MessageDescription): string {
  if (fields.length === 0) return "  no fields\n";
  const longest = Math.min(20, Math.max(...fields.map(({ name }) => name.length)));
  const rows = fields.map((field) => ({
    left: `${field.name.padEnd(longest)}  ${field.type}`,
    help: formatField(field),
  }));
  return `${formatRows(rows).replaceAll(/ +$/gm, "")}\n`;
}

/** The message type of a field, if it has its own description. */
function findMessageType({ typeName, values }: FieldDescription): string[] {
  const isOpen = values === undefined && typeName !== undefined && !typeName.startsWith("google.protobuf.");
  return isOpen ? [typeName] : [];
}

function formatField({ documentation, oneof, rules, deprecated, values }: FieldDescription): string {
  const notes = [
    ...(deprecated ? ["deprecated"] : []),
    ...rules,
    ...(oneof === undefined ? [] : [`one of ${oneof}`]),
    ...(values === undefined ? [] : [values.slice(0, 6).join(", ") + (values.length > 6 ? ", …" : "")]),
  ];
  const text = findFirstSentence(documentation);
  const note = notes.length === 0 ? "" : `[${notes.join("; ")}]`;
  return wrap([text, note].filter((part) => part !== "").join("\n"), 60);
}

function printParagraph(text: string, terminal: Terminal): void {
  if (text !== "") terminal.out(`\n${wrap(text)}\n`);
}

function printSection(title: string, terminal: Terminal): void {
  terminal.out("\n", toBold(title), "\n");
}

function toBold(text: string): Text {
  return { text, style: "bold" };
}
