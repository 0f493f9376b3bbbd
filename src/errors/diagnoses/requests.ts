import { Code } from "@connectrpc/connect";
import {
  brokenRule,
  failedInsert,
  NO_MEMBERSHIP,
  namesField,
  noDetail,
  unencodable,
  unimplemented,
} from "../conditions.ts";
import type { Diagnosis } from "../diagnosis.ts";

/** What the call requests, and what exists. */
export const requestDiagnoses: readonly Diagnosis[] = [
  {
    code: Code.NotFound,
    ids: [NO_MEMBERSHIP],
    meaning:
      "The service user has no role where this call needs one: neither on the instance nor in the organization that " +
      "the call is about. It may have roles elsewhere.",
    hint:
      "Grant the service user a role there. If it has one, check the organization that the call is about: that of the " +
      "object, of the request, or of organizationId and withOrganization(). Calls about no organization need a role " +
      "on the instance.",
  },
  {
    code: Code.NotFound,
    when: noDetail,
    meaning: "The server has no instance with the host name that the call used.",
    hint:
      "Check the url. If it is an internal address or another name of Zitadel, set instanceHost to the instance's " +
      "own domain.",
  },
  {
    code: Code.NotFound,
    meaning:
      "The object does not exist, or this user may not see it. During a database outage, the server also " +
      "reports this for objects that do exist.",
    hint:
      "Check the id, the organization of the call, and that the service user may see the object. Lists and searches " +
      "lag a moment behind writes. Before you delete anything because of this, try again after a pause.",
  },
  {
    code: Code.InvalidArgument,
    ids: ["QUERY-4M0fs"],
    meaning: "The page is larger than the server allows.",
    hint: "Ask for at most 1000 at a time.",
  },
  {
    code: Code.InvalidArgument,
    origin: "client",
    when: unencodable,
    meaning: "A value in the request is invalid for its field. The request was not sent.",
    hint: "Correct the field that the message names.",
  },
  {
    code: Code.InvalidArgument,
    origin: "client",
    when: namesField,
    meaning: "validateRequests found that the request breaks a rule, and did not send it.",
    hint: "See fieldViolations for the field.",
  },
  {
    code: Code.InvalidArgument,
    when: brokenRule,
    meaning: "A field of the request breaks a rule of the API.",
    hint: "See fieldViolations for the field. The option validateRequests finds this before sending.",
  },
  {
    code: Code.InvalidArgument,
    meaning: "The request is not valid.",
    hint: "The message says what is wrong with it.",
  },
  {
    code: Code.AlreadyExists,
    ids: ["V3-DKcYh"],
    when: failedInsert,
    meaning: "The server's database failed while it checked for duplicates. Nothing was written.",
    hint:
      "It is safe to repeat the call. If it keeps failing, look for an object with this name, and for requestId in " +
      "the server's log.",
    retryable: true,
  },
  {
    code: Code.AlreadyExists,
    meaning: "There is already an object with this name or id.",
    hint:
      "Use the existing one, or another name. If a response was lost and the call was repeated, it may be the one " +
      "that this call created.",
  },
  {
    code: Code.FailedPrecondition,
    meaning: "The state of the object does not allow this, or the object already is as requested.",
    hint:
      "Read the object, and decide by its state. If a response was lost and the call was repeated, the change may " +
      "already have been made.",
  },
  {
    code: Code.Unimplemented,
    when: unimplemented("service"),
    meaning: "The server does not have this service: it is older or newer than the client's API.",
    hint:
      "Use a service that this server has, often its v1 or v2beta sibling, or generate the clients from the " +
      "instance: `npx zitadel-connect generate`. `npx zitadel-connect doctor` compares the two.",
  },
  {
    code: Code.Unimplemented,
    when: unimplemented("method"),
    meaning: "The server has the service, but not this RPC: it is older or newer than the client's API.",
    hint:
      "Use an RPC that this server has, or generate the clients from the instance: " +
      "`npx zitadel-connect generate`.",
  },
  {
    code: Code.Unimplemented,
    when: noDetail,
    meaning: "The server does not have this service or RPC: it is older or newer than the client's API.",
    hint:
      "Use what this server has, or generate the clients from the instance: `npx zitadel-connect generate`. " +
      "`npx zitadel-connect doctor` compares the two.",
  },
  {
    code: Code.Unimplemented,
    meaning: "The server has the RPC, but does not support this.",
    hint: "Check the server's version and the feature flags of the instance.",
  },
];
