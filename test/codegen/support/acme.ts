/**
 * An API in .proto files, complete, with all that an identity must not depend on: an option of its own with maps, annotations
 * of others, options for other languages, imports that no type needs, and types that no RPC needs.
 */
export const ACME: Readonly<Record<string, string>> = {
  "proto/acme/options.proto": `syntax = "proto3";
package acme;
import "google/protobuf/descriptor.proto";
extend google.protobuf.MethodOptions { Limits limits = 50777; string team = 50778; }
message Limits { map<string, Limit> per_plan = 1; string note = 2; }
message Limit { int32 requests = 1; map<int32, string> names = 2; }
`,
  "proto/acme/thing.proto": `// For Acme.
syntax = "proto3";
package acme;
import "acme/errors/v1/error.proto";
import "acme/event.proto";
import "acme/options.proto";
import "google/api/annotations.proto";
import "google/protobuf/timestamp.proto";
import "protoc-gen-openapiv2/options/annotations.proto";
option java_package = "com.acme";
option go_package = "acme.example/acme";
option php_namespace = "Acme";
// Of things.
service ThingService {
  rpc GetThing(Thing) returns (Thing) {
    option (limits) = {
      note: "n"
      per_plan { key: "free" value: { requests: 1 names { key: 1 value: "a" } names { key: 2 value: "b" } } }
      per_plan { key: "gold" value: { requests: 9 } }
    };
    option (team) = "things";
    option (google.api.http) = { get: "/things/{id}" };
    option (grpc.gateway.protoc_gen_openapiv2.options.openapiv2_operation) = {
      summary: "Get it"
      description: "Gets a thing."
      deprecated: true
      responses { key: "200" value: { description: "OK" } }
      responses { key: "404" value: { description: "None" } }
    };
  }
}
message Thing {
  string id = 1;
  string shown_name = 2 [json_name = "called"];
}
`,
  "proto/acme/event.proto": 'syntax = "proto3"; package acme; message Happened { string what = 1; }',
  "proto/acme/errors/v1/error.proto":
    'syntax = "proto3"; package acme.errors.v1; message Gone { string since = 1; }',
  "proto/google/api/annotations.proto": `syntax = "proto3";
package google.api;
import "google/api/http.proto";
import "google/protobuf/descriptor.proto";
extend google.protobuf.MethodOptions { HttpRule http = 72295728; }
`,
  "proto/google/api/http.proto":
    'syntax = "proto3"; package google.api; message HttpRule { oneof pattern { string get = 2; } }',
  "proto/protoc-gen-openapiv2/options/annotations.proto": `syntax = "proto3";
package grpc.gateway.protoc_gen_openapiv2.options;
import "google/protobuf/descriptor.proto";
extend google.protobuf.MethodOptions { Operation openapiv2_operation = 1042; }
message Operation {
  string summary = 2;
  string description = 3;
  map<string, Response> responses = 9;
  bool deprecated = 11;
}
message Response { string description = 1; }
`,
};
