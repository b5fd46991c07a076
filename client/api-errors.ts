/** One refused value: where it stands (`data.total`, `events[2].id`) and what would be accepted. */
export interface RefusedValue {
  readonly path: string;
  readonly message: string;
}

/** The API refused a call, or failed. */
export class PosthornApiError extends Error {
  override readonly name = 'PosthornApiError';
  /** The HTTP status. */
  readonly status: number;
  /** Stable, e.g. `not_found`; `unknown` where something between you and the API answered. */
  readonly code: string;
  /** What was refused, quoted, and what would be accepted. */
  readonly detail: string;
  readonly errors: readonly RefusedValue[];
  /** What the platform's log has this request under. */
  readonly requestId: string | undefined;

  constructor(call: string, status: number, headers: Headers, body: string) {
    const problem = parseProblem(body);
    const detail = problem.detail ?? problem.title ?? problem.message ?? (body.slice(0, 200) || 'no body');
    super(`${call} was answered ${status}: ${detail}`);
    this.status = status;
    this.code = problem.code ?? 'unknown';
    this.detail = detail;
    this.errors = Array.isArray(problem.errors) ? problem.errors : [];
    this.requestId =
      problem.request_id ?? headers.get('apigw-requestid') ?? headers.get('x-amzn-requestid') ?? undefined;
  }
}

/** No answer came: the network failed, or the time was up. The cause is in `cause`. */
export class PosthornConnectionError extends Error {
  override readonly name = 'PosthornConnectionError';
  readonly code: 'timeout' | 'network';

  constructor(call: string, code: 'timeout' | 'network', options: ErrorOptions) {
    super(code === 'timeout' ? `${call} was not answered in time.` : `${call} could not be sent.`, options);
    this.code = code;
  }
}

interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly code?: string;
  readonly errors?: readonly RefusedValue[];
  readonly request_id?: string;
  /** API Gateway's own answers have this instead. */
  readonly message?: string;
}

function parseProblem(body: string): Problem {
  try {
    return JSON.parse(body) ?? {};
  } catch {
    return {};
  }
}
