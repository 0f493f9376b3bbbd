import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { CodegenError } from "../errors.ts";

/**
 * What descriptors may consist of, messages of any kind: two bytes each on the wire, and a hundred times that in memory.
 * Zitadel's API has 40 000, with documentation.
 */
const MAX_MESSAGES = 2_000_000;

/** Decodes a FileDescriptorSet or a Buf image. `name` is for errors. */
export function decodeFiles(image: Uint8Array, name: string): FileDescriptorProto[] {
  return decode(FileDescriptorSetSchema, image, `${name} is not a FileDescriptorSet`).file;
}

/** Decodes a single descriptor. `problem` is the error where it is none. */
export function decodeFile(bytes: Uint8Array, problem: string): FileDescriptorProto {
  return decode(FileDescriptorProtoSchema, bytes, problem);
}

function decode<Desc extends DescMessage>(
  schema: Desc,
  bytes: Uint8Array,
  problem: string,
): MessageShape<Desc> {
  try {
    const budget = { messages: MAX_MESSAGES };
    countMessages(schema, new BinaryReader(bytes), bytes.length, budget);
    if (budget.messages >= 0) return fromBinary(schema, bytes);
  } catch (error) {
    throw new CodegenError(problem, { cause: error });
  }
  throw new CodegenError(`${problem}, but millions of tiny parts`);
}

/** Takes from the budget what decoding would create, without creating it. Stops where it is used up. */
function countMessages(
  { fields }: DescMessage,
  reader: BinaryReader,
  end: number,
  budget: { messages: number },
): void {
  while (reader.pos < end && budget.messages >= 0) {
    const [number, wireType] = reader.tag();
    const field = fields.find((candidate) => candidate.number === number);
    if (field?.message === undefined || wireType !== WireType.LengthDelimited) {
      reader.skip(wireType, number);
      continue;
    }
    budget.messages--;
    const length = reader.uint32();
    countMessages(field.message, reader, reader.pos + length, budget);
  }
}
