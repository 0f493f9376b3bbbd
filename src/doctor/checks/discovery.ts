import type { HttpResponse } from "../../shared/http-client.ts";
import { type Check, type Finding, failed, ok, warning } from "../check.ts";
import { connect } from "../connect.ts";
import type { DoctorContext } from "../doctor-context.ts";

const PATH = "/.well-known/openid-configuration";

/** Checks that a Zitadel responds, and knows the instance. */
export const discovery: Check = {
  name: "discovery",
  about: "whether a Zitadel responds, and knows the instance",
  needs: ["tls"],
  async run(context) {
    let response: HttpResponse;
    try {
      response = await get(context);
    } catch (error) {
      return failed(
        `${PATH} gets no response (${(error as Error).message})`,
        "Check that Zitadel is running, and check whatever is in front of it.",
      );
    }
    context.discovery = { response, receivedAt: Date.now() };
    return judge(response, context);
  },
};

function get(context: DoctorContext): Promise<HttpResponse> {
  return connect(context).http({
    method: "GET",
    url: `${context.origin}${PATH}`,
    signal: AbortSignal.timeout(context.checkTimeoutMs),
  });
}

function judge({ status, headers, text }: HttpResponse, context: DoctorContext): Finding {
  const host = context.options.instanceHost ?? new URL(context.origin).host;
  if (status === 404 && !text.includes("instance")) {
    return failed(
      "Something in front of Zitadel responds with 404",
      `Check that the proxy or load balancer has a route for ${new URL(context.origin).host} that leads to Zitadel, and that the url is Zitadel's.`,
    );
  }
  if (status === 404) {
    return failed(
      `The server knows no instance ${host} (404)`,
      "Check the url. If it is another name of Zitadel, or an internal address, set instanceHost to the instance's own domain.",
    );
  }
  if (status === 429) {
    return failed(
      "The instance is blocked, or its quota is exhausted (429)",
      "Ask the operator of this Zitadel.",
    );
  }
  if (status >= 300 && status < 400) {
    const location = URL.parse(headers.get("location") ?? "", context.origin);
    return failed(
      `The server redirects to ${location?.origin ?? "nowhere"} (${status})`,
      `Use the url at which Zitadel itself responds${location === null ? "" : `, perhaps ${location.origin}`}: calls do not follow redirects.`,
    );
  }
  if (status >= 500) return failed(`The server, or a proxy, responds with ${status}`, "Look in their logs.");
  return readIssuer(context) === undefined
    ? failed(
        `The response is not from Zitadel (${status})`,
        "Check the url, and that no proxy responds in Zitadel's place.",
      )
    : ok("the instance is found");
}

/** The issuer in the discovery document. */
function readIssuer({ discovery: found }: DoctorContext): string | undefined {
  try {
    const { issuer } = JSON.parse(found?.response.text ?? "");
    return typeof issuer === "string" && URL.canParse(issuer) ? issuer : undefined;
  } catch {
    return undefined;
  }
}

/** Checks that the instance is reached by its own name, for which alone its tokens are valid. */
export const issuer: Check = {
  name: "issuer",
  about: "whether the instance is reached by its own name",
  needs: ["discovery"],
  async run(context) {
    const found = readIssuer(context) ?? "";
    const { instanceHost } = context.options;
    const { protocol: scheme } = new URL(context.origin);
    const expected =
      instanceHost === undefined ? context.origin : new URL(`${scheme}//${instanceHost}`).origin;
    if (new URL(found).origin === expected) return ok(`the instance calls itself ${found}`);
    return warning(
      `The instance calls itself ${found}, but is reached as ${expected}`,
      `Use ${found} as the url, or set instanceHost to ${new URL(found).host}; or correct ExternalDomain, ExternalPort and ExternalSecure in the server's configuration.`,
    );
  },
};
