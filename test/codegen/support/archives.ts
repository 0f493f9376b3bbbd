import { deflateRawSync } from "node:zlib";

/** A file of an archive, with the name and size that a test chooses. */
export interface ArchivedFile {
  readonly name: string;
  readonly contents?: string | Uint8Array;
  /** The size in the header. Default: the real one. */
  readonly size?: number;
  /** Tar's type: `0` is a file, `1` a hard link, `2` a symbolic one. */
  readonly type?: string;
  readonly link?: string;
}

/** A tar archive (ustar). */
export function tar(files: readonly ArchivedFile[]): Buffer {
  const blocks = files.flatMap(({ name, contents = "", size, type = "0", link = "" }) => {
    const body = Buffer.from(contents);
    const header = Buffer.alloc(512);
    header.write(name, 0, 100);
    header.write("0000644\0", 100);
    header.write(`${(size ?? body.length).toString(8).padStart(11, "0")}\0`, 124);
    header.write("        ", 148);
    header.write(type, 156);
    header.write(link, 157, 100);
    header.write("ustar\u000000", 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

const NOTHING = deflateRawSync("");

/** A ZIP archive, compressed. */
export function zip(files: readonly ArchivedFile[]): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, contents = "", size } of files) {
    const body = contents.length === 0 ? NOTHING : deflateRawSync(contents);
    const length = size ?? Buffer.from(contents).length;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(body.length, 14);
    common.writeUInt32LE(length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const entry = [Buffer.from("PK\u0003\u0004", "latin1"), common, Buffer.from(name), body];
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    central.push(Buffer.from("PK\u0001\u0002\u0014\u0000", "latin1"), common, rest, Buffer.from(name));
    local.push(...entry);
    offset += entry.reduce((sum, part) => sum + part.length, 0);
  }
  const end = Buffer.alloc(22);
  end.write("PK\u0005\u0006", "latin1");
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, ...central, end]);
}
