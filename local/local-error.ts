/** Everything that the local run can fail of in a foreseeable way; `code` is for programs, the message for people. */
export type LocalErrorCode =
  | 'python-missing'
  | 'python-too-old'
  | 'venv-missing'
  | 'install-failed'
  | 'ps-missing'
  | 'port-invalid'
  | 'port-taken'
  | 'start-failed'
  | 'endpoint-refused'
  | 'endpoint-unreachable'
  | 'deploy-failed'
  | 'api-refused'
  | 'demo-failed'
  | 'usage';

/** A failure that its reader can act on: one line that says what to do, and no stack trace when shown. */
export class LocalError extends Error {
  readonly code: LocalErrorCode;

  constructor(code: LocalErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LocalError';
    this.code = code;
  }
}

/** Runs a command-line program: a `LocalError` becomes one line and exit code 1; a bug keeps its stack trace. */
export async function runProgram(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(error instanceof LocalError ? error.message : error);
    process.exitCode = 1;
  }
}
