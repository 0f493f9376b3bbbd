import { create, type DescMessage, type MessageShape } from "@bufbuild/protobuf";

/**
 * A copy of a message with some fields changed; the others are shared with the original. A spread would not work, since
 * the defaults of descriptors are on the prototype.
 */
export function withChanges<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
  changes: Partial<MessageShape<Desc>>,
): MessageShape<Desc> {
  return Object.assign(create(schema), message, changes);
}
