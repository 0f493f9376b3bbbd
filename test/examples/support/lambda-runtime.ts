// The loop of an execution environment: takes invocations from AWS Lambda's runtime API and passes them to a handler, which
// is the first argument's export. (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html; Amazon's own for Node has
// to be compiled, and npm has no binaries of it.)
const api = `http://${process.env["AWS_LAMBDA_RUNTIME_API"]}/2018-06-01/runtime/invocation`;
const { handler } = await import(process.argv[2] ?? "");

for (;;) {
  const next = await fetch(`${api}/next`);
  const id = next.headers.get("lambda-runtime-aws-request-id") ?? "";
  const deadline = Number(next.headers.get("lambda-runtime-deadline-ms"));
  const context = { awsRequestId: id, getRemainingTimeInMillis: () => deadline - Date.now() };
  const [path, body] = await Promise.resolve(handler(await next.json(), context)).then(
    (result: unknown) => ["response", result] as const,
    (error: Error) => ["error", { errorType: error.name, errorMessage: error.message }] as const,
  );
  await fetch(`${api}/${id}/${path}`, { method: "POST", body: JSON.stringify(body) });
}
