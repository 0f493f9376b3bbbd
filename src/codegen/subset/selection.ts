import type { DescFile, DescMethod } from "@bufbuild/protobuf";
import { CodegenError } from "../errors.ts";
import type { TopLevel } from "./closure.ts";

/** Which part of an API to generate, by patterns of full names in which `*` matches anything. */
export interface Filter {
  /** Packages, services, RPCs and types to generate, with all that they need. Default: everything. */
  readonly include?: readonly string[] | undefined;
  /** What to leave out, unless something else needs it. Default: nothing. */
  readonly exclude?: readonly string[] | undefined;
}

/** What is selected, before its dependencies are added. */
export interface Selection {
  readonly types: readonly TopLevel[];
  readonly methods: ReadonlySet<DescMethod>;
  /** The patterns that match nothing. */
  readonly unmatched: readonly string[];
}

/** Whether a filter changes nothing. */
export function isEverything({ include = [], exclude = [] }: Filter): boolean {
  return include.length + exclude.length === 0;
}

/** Throws a CodegenError that names the first unmatched pattern, which is probably misspelled. */
export function checkMatched([pattern]: readonly string[]): void {
  if (pattern !== undefined) throw new CodegenError(`Nothing in the API matches "${pattern}"`);
}

/** Applies a filter. */
export function select(files: Iterable<DescFile>, { include = ["*"], exclude = [] }: Filter): Selection {
  const included = createMatcher(include);
  const excluded = createMatcher(exclude);
  const wanted = (...names: string[]) => {
    const leftOut = names.map(excluded);
    return names.map(included).includes(true) && !leftOut.includes(true);
  };
  const types: TopLevel[] = [];
  const methods = new Set<DescMethod>();
  for (const file of files) {
    types.push(
      ...[...file.messages, ...file.enums, ...file.extensions].filter(({ typeName }) => wanted(typeName)),
    );
    for (const service of file.services) {
      const chosen = service.methods.filter(({ name }) =>
        wanted(service.typeName, `${service.typeName}.${name}`),
      );
      if (chosen.length > 0 || (service.methods.length === 0 && wanted(service.typeName)))
        types.push(service);
      for (const method of chosen) methods.add(method);
    }
  }
  return { types, methods, unmatched: [...included.unused(), ...excluded.unused()] };
}

interface Matcher {
  (name: string): boolean;
  /** Patterns that have matched nothing so far. */
  unused(): string[];
}

function createMatcher(patterns: readonly string[]): Matcher {
  const unused = new Set(patterns);
  const tests = patterns.map((pattern) => ({ pattern, test: toExpression(pattern) }));
  const matches = (name: string): boolean => {
    let matched = false;
    for (const { pattern, test } of tests) {
      if (!test.test(name)) continue;
      matched = true;
      unused.delete(pattern);
    }
    return matched;
  };
  return Object.assign(matches, { unused: () => [...unused].filter((pattern) => pattern !== "*") });
}

/** A name without `*` also matches everything inside, such as the RPCs of a service. */
function toExpression(pattern: string): RegExp {
  if (!/^[\w.*]+$/.test(pattern)) throw new CodegenError(`"${pattern}" is not a valid pattern`);
  const expression = pattern.replaceAll(".", "\\.").replaceAll("*", ".*");
  return new RegExp(`^${expression}${pattern.includes("*") ? "" : "(\\..*)?"}$`);
}
