import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { CodegenError } from "../errors.ts";

/**
 * The maximum number of parts of descriptors: messages, texts and lists. Each takes as little as two bytes on the wire,
 * but a hundred times that in memory. Zitadel's API has 180,000.
 */
const MAX_PARTS = 2_000_000;

/** The number of parts that are still allowed. Shared by everything that is read from one source. */
export interface PartsBudget {
  left: number;
}

export function createPartsBudget(): PartsBudget {
  return { left: MAX_PARTS };
}

/** Decodes a FileDescriptorSet or a Buf image. `name` is for error messages. */
export function decodeFiles(image: Uint8Array, name: string): FileDescriptorProto[] {
  return decode(FileDescriptorSetSchema, image, `${name} is not a FileDescriptorSet`, createPartsBudget())
    .file;
}

/** Decodes a single descriptor. `problem` is the error message if it is malformed. */
export function decodeFile(bytes: Uint8Array, problem: string, budget: PartsBudget): FileDescriptorProto {
  return decode(FileDescriptorProtoSchema, bytes, problem, budget);
}

function decode<Desc extends DescMessage>(
  schema: Desc,
  bytes: Uint8Array,
  problem: string,
  budget: PartsBudget,
): MessageShape<Desc> {
  try {
    countParts(schema, new BinaryReader(bytes), bytes.length, budget);
    if (budget.left >= 0) return fromBinary(schema, bytes);
  } catch (error) {
    throw new CodegenError(problem, { cause: error });
  }
  throw new CodegenError(`${problem}, but millions of tiny parts`);
}

/** Subtracts from the budget what decoding would create, without creating it. Stops when the budget is used up. */
function countParts({ fields }: DescMessage, reader: BinaryReader, end: number, budget: PartsBudget): void {
  while (reader.pos < end && budget.left >= 0) {
    const [number, wireType] = reader.tag();
    if (wireType !== WireType.LengthDelimited) {
      reader.skip(wireType, number);
      continue;
    }
    budget.left--;
    const field = fields.find((candidate) => candidate.number === number);
    if (field?.message === undefined) {
      reader.skip(wireType, number);
      continue;
    }
    const length = reader.uint32();
    countParts(field.message, reader, reader.pos + length, budget);
  }
}
