type Signature = readonly [start: RegExp, contentType: string];

/** The bytes with which files of a type begin, in hexadecimal. */
const SIGNATURES: readonly Signature[] = [
  [/^89504e470d0a1a0a/, "image/png"],
  [/^ffd8ff/, "image/jpeg"],
  [/^47494638(37|39)61/, "image/gif"],
  [/^52494646.{8}57454250/, "image/webp"],
  [/^424d/, "image/bmp"],
  [/^(49492a00|4d4d002a)/, "image/tiff"],
  [/^00000100/, "image/x-icon"],
  [/^.{8}66747970617669(66|73)/, "image/avif"],
  [/^.{8}66747970(68656963|68656978)/, "image/heic"],
  [/^774f4646/, "font/woff"],
  [/^774f4632/, "font/woff2"],
  [/^4f54544f/, "font/otf"],
  [/^00010000/, "font/ttf"],
  [/^74746366/, "font/collection"],
  [/^255044462d/, "application/pdf"],
  [/^504b0304/, "application/zip"],
];

/** How texts of a type begin, after leading whitespace is removed. */
const TEXT_SIGNATURES: readonly Signature[] = [
  [/^(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*(<!DOCTYPE svg[^>]*>\s*)?<svg[\s>]/is, "image/svg+xml"],
  [
    /^(<!DOCTYPE html|<(html|head|body|script|iframe|h1|div|table|title|p)[\s>])/i,
    "text/html; charset=utf-8",
  ],
  [/^<\?xml/i, "text/xml; charset=utf-8"],
];

/** How many bytes of a file are looked at to find its type. */
const HEAD_BYTES = 3_072;

/** Finds the type of a file by its content, as the server does, not by its name or by what the client claims. */
export function detectContentType(content: Uint8Array): string {
  if (content.length === 0) return "text/plain";
  const head = Buffer.from(content.subarray(0, HEAD_BYTES));
  const found = find(SIGNATURES, head.toString("hex"));
  if (found !== undefined) return found;
  // Bytes that texts do not contain.
  if (head.some((byte) => byte <= 8 || byte === 11 || (byte >= 14 && byte <= 31 && byte !== 27)))
    return "application/octet-stream";
  const text = head.toString().trimStart();
  return find(TEXT_SIGNATURES, text) ?? (isJson(content) ? "application/json" : "text/plain; charset=utf-8");
}

function find(signatures: readonly Signature[], head: string): string | undefined {
  return signatures.find(([start]) => start.test(head))?.[1];
}

function isJson(content: Uint8Array): boolean {
  try {
    return typeof JSON.parse(Buffer.from(content).toString()) === "object";
  } catch {
    return false;
  }
}
