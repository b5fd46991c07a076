import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { localClientConfig } from './aws.ts';
import { bootstrap, deploy, synthesize, synthesizedStack } from './deploy.ts';
import { pointLinks } from './links.ts';
import { LocalError } from './local-error.ts';
import {
  findRunning,
  isHealthy,
  type PermissionEnforcement,
  refuseTakenPort,
  startMinistack,
  stopMinistack,
} from './ministack.ts';
import { type LocalPlace, localPlace, portFromEnvironment, removeFile, writeJson } from './place.ts';
import { type Progress, silentProgress } from './progress.ts';
import { ensureMinistack } from './python.ts';
import { repairDrift } from './repair.ts';
import { localContext, REGION, type StackContext } from './stack-settings.ts';

/** What `outputs.json` holds. */
export interface LocalOutputs {
  /** Append `/v1/…`. */
  readonly apiUrl: string;
  readonly operatorKey: string;
  readonly awsEndpoint: string;
  readonly region: string;
  readonly stackName: string;
  /** Where a file under `{tenant id}/` becomes a document. */
  readonly documentsBucket: string;
  /** The stack's outputs by name: queue URLs, table and function names. */
  readonly stack: Readonly<Record<string, string>>;
}

export interface StartOptions {
  /** State directory; `POSTHORN_LOCAL_DIR` or `.local` without it. */
  readonly dir?: string;
  /** 0 takes a free one; `POSTHORN_PORT` or 4566 without it. */
  readonly port?: number;
  /** Settings of the stack beside the local defaults. */
  readonly context?: StackContext;
  readonly progress?: Progress;
  /** An emulator that is started here lets everybody do everything without it. */
  readonly enforcePermissions?: PermissionEnforcement;
}

export interface LocalRun {
  readonly outputs: LocalOutputs;
  /** Whether this call started the local AWS: who started it stops it. */
  readonly started: boolean;
}

/** Brings a local AWS up, or takes the one that runs or that `AWS_ENDPOINT_URL` names, and deploys the stack there. */
export async function startLocal(options: StartOptions = {}): Promise<LocalRun> {
  const place = localPlace(options.dir);
  const progress = options.progress ?? silentProgress;
  const context = localContext(options.context);
  const emulator = await findOrStart(place, options, progress);
  try {
    await prepare(place, emulator.endpoint, context, progress);
    return { outputs: await deployTo(place, emulator.endpoint, progress), started: emulator.started };
  } catch (error) {
    if (emulator.started) await stopMinistack(place);
    throw error;
  }
}

/** The account and the template do not need each other, so they are made side by side. */
async function prepare(
  place: LocalPlace,
  endpoint: string,
  context: StackContext,
  progress: Progress,
): Promise<void> {
  await progress.step('Preparing the account, bundling the functions', async (detail) => {
    const both = await Promise.allSettled([bootstrap(place, endpoint), synthesize(place, context, detail)]);
    for (const one of both) if (one.status === 'rejected') throw one.reason;
  });
}

/** Stops the local AWS of that directory, if one was started from it; false where there was none. */
export async function stopLocal(options: { readonly dir?: string } = {}): Promise<boolean> {
  const place = localPlace(options.dir);
  removeFile(place.outputsFile);
  return stopMinistack(place);
}

interface Emulator {
  readonly endpoint: string;
  readonly started: boolean;
}

async function findOrStart(place: LocalPlace, options: StartOptions, progress: Progress): Promise<Emulator> {
  const given = givenEndpoint();
  if (given) return { endpoint: given, started: false };
  const running = await findRunning(place);
  if (running) return { endpoint: running.endpoint, started: false };
  const port = options.port ?? portFromEnvironment();
  // What is left of one that crashed.
  await stopMinistack(place);
  // Before the installation, which takes longer; starting looks again.
  if (port !== 0) await refuseTakenPort(port);
  const interpreter = await ensureMinistack(progress);
  const state = await progress.step('Starting the local AWS', () =>
    startMinistack(place, interpreter, port, options.enforcePermissions),
  );
  return { endpoint: state.endpoint, started: true };
}

/** The endpoint that the user set. Local settings (plain http, no protection) must never reach a real account. */
export function givenEndpoint(env: NodeJS.ProcessEnv = process.env): string | null {
  const given = env.AWS_ENDPOINT_URL;
  if (!given) return null;
  const url = URL.canParse(given) ? new URL(given) : null;
  if (!url?.protocol.startsWith('http')) {
    throw new LocalError(
      'endpoint-refused',
      `AWS_ENDPOINT_URL is "${given}", but must be a URL such as http://127.0.0.1:4566.`,
    );
  }
  if (/(^|\.)(amazonaws\.com(\.cn)?|aws)$/.test(url.hostname)) {
    throw new LocalError(
      'endpoint-refused',
      `AWS_ENDPOINT_URL is "${given}", which is AWS itself: the local run deploys with settings that are only safe locally. Unset it, or use \`npx cdk deploy\`.`,
    );
  }
  return given.replace(/\/+$/, '');
}

async function deployTo(place: LocalPlace, endpoint: string, progress: Progress): Promise<LocalOutputs> {
  const stack = await progress.step('Deploying the stack', async (detail) => {
    const outputs = await deploy(place, endpoint, detail);
    await repairDrift(endpoint, synthesizedStack(place));
    return outputs;
  });
  const apiUrl = `${endpoint}/_aws/execute-api/${apiId(stack)}/$default`;
  if (stack.AlertsFunctionName) await pointLinks(endpoint, stack.AlertsFunctionName, apiUrl);
  const outputs: LocalOutputs = {
    apiUrl,
    operatorKey: await readOperatorKey(endpoint, stack),
    awsEndpoint: endpoint,
    region: REGION,
    stackName: synthesizedStack(place).name,
    documentsBucket: stack.DocumentsBucketName ?? '',
    stack,
  };
  writeJson(place.outputsFile, outputs);
  return outputs;
}

/**
 * The id is in the path of what an emulator that the project started says, and in the host (`https://{apiId}.execute-api.…`) of
 * what another one does: Node cannot resolve such a name locally.
 */
function apiId(stack: Readonly<Record<string, string>>): string {
  const address = stack.ApiUrl ?? '';
  const id =
    /\/_aws\/execute-api\/([^/]+)\//.exec(address) ?? /^https?:\/\/([^.]+)\.execute-api\./.exec(address);
  if (id?.[1]) return id[1];
  throw new LocalError(
    'deploy-failed',
    `The stack's output ApiUrl is "${address}", not an execute-api address.`,
  );
}

async function readOperatorKey(endpoint: string, stack: Readonly<Record<string, string>>): Promise<string> {
  const secrets = new SecretsManagerClient(localClientConfig(endpoint));
  try {
    const { SecretString } = await secrets.send(
      new GetSecretValueCommand({ SecretId: stack.OperatorKeySecretName }),
    );
    if (!SecretString)
      throw new LocalError('deploy-failed', `The secret "${stack.OperatorKeySecretName}" is empty.`);
    return SecretString;
  } finally {
    secrets.destroy();
  }
}

/** Where the mails of a local stack are read, as JSON. */
export function mailsUrl({ awsEndpoint }: Pick<LocalOutputs, 'awsEndpoint'>): string {
  return `${awsEndpoint}/_ministack/ses/messages`;
}

/** Where the local AWS stands, for `status`. */
export async function localStatus(
  dir?: string,
): Promise<{ endpoint: string; running: boolean; own: boolean } | null> {
  const given = givenEndpoint();
  if (given) return { endpoint: given, running: await isHealthy(given), own: false };
  const running = await findRunning(localPlace(dir));
  return running && { endpoint: running.endpoint, running: true, own: true };
}
