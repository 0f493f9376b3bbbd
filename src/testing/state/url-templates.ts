import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";

/** The fields that templates of confirmation links may use. */
const CONFIRMATION: readonly string[] = ["UserID", "Code", "OrgID"];

const KEYWORD =
  /^(?:if|else|end|range|with|define|block|template|break|continue|nil|true|false|and|or|not|len|index|eq|ne|lt|le|gt|ge|print|printf|println|html|js|urlquery|slice|call)$/;

/** Throws if the template of a link (Go's text/template) is invalid, or uses fields other than `fields`. */
export function checkUrlTemplate(template: string | undefined, fields = CONFIRMATION): void {
  if (template === undefined) return;
  const text = template.replace(/\{\{-?\s*\/\*.*?\*\/\s*-?\}\}/gs, "");
  const actions = [...text.matchAll(/\{\{-?(.*?)-?\}\}/gs)].map(([, action = ""]) =>
    withoutTexts(action).trim(),
  );
  const hasOpen = text.replace(/\{\{.*?\}\}/gs, "").includes("{{");
  if (hasOpen || actions.some((action) => action === "" || hasUnknownWord(action)))
    throw invalid("DOMAIN-oGh5e");
  const used = actions.flatMap((action) =>
    [...action.matchAll(/\.([A-Za-z_]\w*)/g)].map(([, name]) => name ?? ""),
  );
  if (!used.every((name) => fields.includes(name))) throw invalid("DOMAIN-ieYa7");
}

function withoutTexts(action: string): string {
  return action.replace(/"(?:[^"\\]|\\.)*"|`[^`]*`/g, '""');
}

/** Whether an action of a template contains a word that is not a field, a variable, a keyword or a function. */
function hasUnknownWord(action: string): boolean {
  const words = action.match(/(?<![.$\w])[A-Za-z_]\w*/g) ?? [];
  return words.some((word) => !KEYWORD.test(word));
}

function invalid(id: string): Error {
  return zitadelError(Code.InvalidArgument, id, "URL Template is invalid");
}
