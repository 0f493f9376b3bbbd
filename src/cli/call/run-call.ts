import type { DescMethod, JsonValue, Message } from "@bufbuild/protobuf";
import type { AnyRpc } from "../../client/service-tree.ts";
import { type ListTraits, methodTraits } from "../../descriptor/method-traits.ts";
import { type LocatedRpc, locateRpc } from "../catalog/locate-rpc.ts";
import { COMMON_OPTIONS } from "../command.ts";
import { glanceAt, parseChoice, parseCommandLine } from "../command-line.ts";
import { createClient } from "../connection/open-client.ts";
import { resolveConnection } from "../connection/resolve.ts";
import { CommandError, UsageError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { printJson, printLine } from "../output/print.ts";
import { printTable } from "../output/table.ts";
import type { Terminal } from "../terminal.ts";
import { CALL_ARGUMENTS, CALL_COMMAND_OPTIONS, type CallLine } from "./call-options.ts";
import { describeDryRun } from "./dry-run.ts";
import { createFieldOptions } from "./field-options.ts";
import { parseHeaders, parseTimeout, refuseSecretHeaders } from "./headers.ts";
import { readRequest } from "./request.ts";
import { type JsonOptions, toItemJson, toMessageJson, toTable } from "./result.ts";

/** Calls an RPC, and prints what it returns. */
export async function runCall(args: readonly string[], terminal: Terminal): Promise<void> {
  const { name, method } = await findRpc(args, terminal);
  const fields = createFieldOptions(method.input, RESERVED);
  const specs = Object.fromEntries([...fields].map(([option, { spec }]) => [option, spec]));
  const { values, given: words } = parseCommandLine(
    { ...specs, ...CALL_COMMAND_OPTIONS },
    CALL_ARGUMENTS,
    args,
    // The static type does not know the options for fields.
  ) as CallLine;
  const headers = parseHeaders(values.header ?? []);
  refuseSecretHeaders(headers);
  const output = toOutput(method, values);
  const request = await readRequest(method, { text: words.request, values, fields }, terminal);
  const options = {
    timeoutMs: parseTimeout(values.timeout),
    organizationId: values.organization,
    headers,
  };
  if (values["dry-run"] === true)
    return printJson(terminal, describeDryRun({ method, request, values, options }, terminal));
  const connection = resolveConnection(values, terminal);
  if (values.yes !== true) await confirmDelete({ name, method }, terminal);
  await using zitadel = createClient(connection, terminal, options);
  const rpc = zitadel.client(method.parent) as object as Readonly<Record<string, AnyRpc>>;
  const respond = rpc[method.localName];
  if (respond === undefined) throw new TypeError(`${name} is not on the client`);
  await print({ method, response: respond(request, { signal: terminal.closed }), output }, terminal);
}

/** Option names that fields must not use. */
const RESERVED: ReadonlySet<string> = new Set(Object.keys({ ...CALL_COMMAND_OPTIONS, ...COMMON_OPTIONS }));

/** Finds the RPC that a command line names, on which its other options depend. */
async function findRpc(args: readonly string[], terminal: Terminal): Promise<LocatedRpc> {
  const { values, word, isUncertain } = glanceAt(CALL_COMMAND_OPTIONS, args);
  if (word === undefined || isUncertain) {
    throw new UsageError(
      `${isUncertain ? "Give the RPC before its fields" : "Which RPC?"} For example: zitadel-connect call user.v2.listUsers --limit 5`,
    );
  }
  return await locateRpc(word, values, terminal);
}

interface Output {
  readonly all: boolean;
  readonly format: "json" | "table";
  readonly columns: readonly string[] | undefined;
  readonly list: ListTraits | undefined;
  readonly json: JsonOptions;
}

function toOutput(method: DescMethod, values: CallLine["values"]): Output {
  const { list } = methodTraits(method);
  const all = values.all === true;
  if (all && list === undefined)
    throw new UsageError(`--all is for lists; ${method.name} does not return one`);
  const format = parseChoice("output", ["json", "table"], values.output) ?? "json";
  const columns = values.columns?.split(",").map((one) => one.trim());
  if (columns !== undefined && format !== "table") throw new UsageError("--columns is for --output table");
  return { all, format, columns, list, json: { alwaysEmitImplicit: values["emit-defaults"] === true } };
}

/** Asks before deleting, which cannot be undone. In a script, there is nobody to ask. */
async function confirmDelete({ name, method }: LocatedRpc, { ask }: Terminal): Promise<void> {
  if (ask === undefined || methodTraits(method).access === "read" || !DELETES.test(method.name)) return;
  const answer = await ask(`${name} deletes something. Continue? [y/N] `);
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new CommandError("Nothing was sent", {
    exitCode: ExitCode.failed,
    hint: "--yes skips the question.",
  });
}

const DELETES = /^(Bulk)?(Delete|Remove|Clear|Revoke|Terminate)(?![a-z])/;

interface Printed {
  readonly method: DescMethod;
  readonly response: ReturnType<AnyRpc>;
  readonly output: Output;
}

async function print({ method, response, output }: Printed, terminal: Terminal): Promise<void> {
  const { list, all, json } = output;
  if (method.methodKind === "server_streaming") {
    const messages = response as AsyncIterable<Message>;
    return await printLines(messages, (message) => toMessageJson(method.output, message, json), terminal);
  }
  if (list !== undefined && all) {
    // A client's list is an async iterable as well as a promise of its first page.
    const items = response as object as AsyncIterable<unknown>;
    const toJson = (item: unknown) => toItemJson(list.items, item, json);
    if (output.format === "json") return await printLines(items, toJson, terminal);
    const rows: JsonValue[] = [];
    for await (const item of items) rows.push(toJson(item));
    return printTable(terminal, toTable(rows, output.columns));
  }
  const message = (await response) as Message;
  if (output.format === "json") return printJson(terminal, toMessageJson(method.output, message, json));
  printTable(terminal, toResponseTable(method, message, output));
}

async function printLines<T>(
  items: AsyncIterable<T>,
  toJson: (item: T) => unknown,
  terminal: Terminal,
): Promise<void> {
  for await (const item of items) {
    printLine(terminal, toJson(item));
    await terminal.drained();
    if (terminal.closed.aborted) return;
  }
}

/** The items of a list; for any other response, its fields, one per row. */
function toResponseTable(
  method: DescMethod,
  message: Message,
  { list, columns, json }: Output,
): ReturnType<typeof toTable> {
  if (list === undefined) {
    const { columns: names, rows } = toTable([toMessageJson(method.output, message, json)], columns);
    return { columns: ["field", "value"], rows: names.map((name, index) => [name, rows[0]?.[index] ?? ""]) };
  }
  const { [list.items.localName]: items } = message as object as Readonly<Record<string, readonly unknown[]>>;
  return toTable(
    (items ?? []).map((item) => toItemJson(list.items, item, json)),
    columns,
  );
}
