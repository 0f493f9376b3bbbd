import type { MessageInitShape } from "@bufbuild/protobuf";
import { create, createFileRegistry, type Message } from "@bufbuild/protobuf";
import type { GenMessage, GenService } from "@bufbuild/protobuf/codegenv2";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  type MethodDescriptorProtoSchema,
  MethodOptions_IdempotencyLevel,
  MethodOptionsSchema,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";

/** The request and response of every RPC of the invoices. */
export type Invoice = Message<"acme.billing.v1.Invoice"> & { number: string };

interface Rpc<Kind extends "unary" | "server_streaming" | "client_streaming" | "bidi_streaming"> {
  methodKind: Kind;
  input: GenMessage<Invoice>;
  output: GenMessage<Invoice>;
}

type InvoiceService = GenService<{
  issueInvoice: Rpc<"unary">;
  getOrCreateInvoice: Rpc<"unary">;
  getInvoice: Rpc<"unary">;
  readInvoice: Rpc<"unary">;
  payInvoice: Rpc<"unary">;
  findInvoice: Rpc<"unary">;
  watchInvoices: Rpc<"server_streaming">;
  uploadInvoices: Rpc<"client_streaming">;
  discussInvoices: Rpc<"bidi_streaming">;
}>;

type MethodInit = MessageInitShape<typeof MethodDescriptorProtoSchema>;

const type = ".acme.billing.v1.Invoice";
const rpc = (name: string, more: MethodInit = {}) => ({ name, inputType: type, outputType: type, ...more });

/** A service that is not Zitadel's, such as a platform team's own. */
export const invoiceFile = create(FileDescriptorProtoSchema, {
  name: "acme/billing/v1/invoice.proto",
  package: "acme.billing.v1",
  syntax: "proto3",
  messageType: [{ name: "Invoice", field: [{ name: "number", number: 1, type: Type.STRING, label: 1 }] }],
  service: [
    {
      name: "InvoiceService",
      method: [
        rpc("IssueInvoice"),
        rpc("GetOrCreateInvoice"),
        rpc("GetInvoice"),
        rpc("ReadInvoice", {
          options: { idempotencyLevel: MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS },
        }),
        rpc("PayInvoice", { options: { idempotencyLevel: MethodOptions_IdempotencyLevel.IDEMPOTENT } }),
        rpc("FindInvoice", { options: withGetBinding("/v1/invoices/{number}") }),
        rpc("WatchInvoices", {
          serverStreaming: true,
          options: { idempotencyLevel: MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS },
        }),
        rpc("UploadInvoices", { clientStreaming: true }),
        rpc("DiscussInvoices", { clientStreaming: true, serverStreaming: true }),
      ],
    },
  ],
});

export const InvoiceService = createFileRegistry(
  create(FileDescriptorSetSchema, { file: [invoiceFile] }),
).getService("acme.billing.v1.InvoiceService") as InvoiceService;

/** `option (google.api.http).get`, as it is in a descriptor where the extension is unknown. */
function withGetBinding(path: string) {
  const data = new BinaryWriter()
    .bytes(new BinaryWriter().tag(2, WireType.LengthDelimited).string(path).finish())
    .finish();
  return Object.assign(create(MethodOptionsSchema), {
    $unknown: [{ no: 72_295_728, wireType: WireType.LengthDelimited, data }],
  });
}
