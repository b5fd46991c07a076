import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';

type Handler = (event: APIGatewayProxyEventV2, context: Context) => Promise<unknown>;

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  // biome-ignore lint/suspicious/noExplicitAny: the body of any answer
  readonly body: any;
  /** The paths that a refusal names. */
  readonly paths: readonly string[];
}

/** Calls a function as the API Gateway would, with the operator's key. `body` may be a text, sent as it is. */
export async function callApi(
  handler: unknown,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<ApiAnswer> {
  const [rawPath = '', search] = path.split('?');
  const event = {
    version: '2.0',
    rawPath,
    headers: { authorization: 'Bearer operator', 'content-type': 'application/json', ...headers },
    queryStringParameters: search && Object.fromEntries(new URLSearchParams(search)),
    requestContext: { domainName: 'api.example.com', requestId: 'req-1', http: { method, path: rawPath } },
    body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
  };
  const answer = (await (handler as Handler)(
    event as never,
    {} as Context,
  )) as APIGatewayProxyStructuredResultV2;
  const parsed = answer.body === undefined ? {} : JSON.parse(answer.body);
  const paths = (parsed.errors ?? []).map((fault: { path: string }) => fault.path);
  return { status: answer.statusCode ?? 0, headers: answer.headers ?? {}, body: parsed, paths };
}
