import { readdirSync } from 'node:fs';
import path from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { localAwsEnvironment, localClientConfig } from './aws.ts';
import { LocalError } from './local-error.ts';
import { type LocalPlace, readJson, repositoryRoot } from './place.ts';
import { type RunCommand, runCommand } from './run-command.ts';
import { ACCOUNT, contextArguments, REGION, type StackContext } from './stack-settings.ts';

const CDK = path.join(repositoryRoot, 'node_modules', 'aws-cdk', 'bin', 'cdk');
const QUIET = ['--no-notices', '--no-version-reporting', '--ci'];

type Detail = (text: string) => void;

/** Writes the stack's template and bundles the functions. Needs no AWS, so it can run while that one starts. */
export async function synthesize(
  place: LocalPlace,
  context: StackContext,
  detail: Detail = () => {},
): Promise<void> {
  await cdk(['synth', '--quiet', '--output', place.assemblyDir, ...contextArguments(context)], {
    cwd: repositoryRoot,
    env: { ...process.env, PATH: nodeFirst() },
    detail,
    what: 'cdk synth',
  });
}

/** Prepares the account for CDK, once per emulator. */
export async function bootstrap(place: LocalPlace, endpoint: string): Promise<void> {
  if (await isBootstrapped(endpoint)) return;
  await cdk(['bootstrap', `aws://${ACCOUNT}/${REGION}`], {
    // Elsewhere than cdk.json, or it would synthesize the app first.
    cwd: place.dir,
    env: localAwsEnvironment(endpoint),
    what: 'cdk bootstrap',
  });
}

async function isBootstrapped(endpoint: string): Promise<boolean> {
  const cloudFormation = new CloudFormationClient({ ...localClientConfig(endpoint), maxAttempts: 1 });
  try {
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: 'CDKToolkit' }));
    return (
      Stacks?.[0]?.StackStatus?.endsWith('_COMPLETE') === true && !Stacks[0].StackStatus.includes('ROLLBACK')
    );
  } catch (error) {
    if (error instanceof Error && error.name === 'ValidationError') return false;
    throw new LocalError(
      'endpoint-unreachable',
      `CloudFormation at ${endpoint} does not answer: is the local AWS running?`,
      {
        cause: error,
      },
    );
  } finally {
    cloudFormation.destroy();
  }
}

/** Deploys what `synthesize` wrote, creating the stack or updating it in place; answers its outputs by name. */
export async function deploy(
  place: LocalPlace,
  endpoint: string,
  detail: Detail = () => {},
): Promise<Record<string, string>> {
  const options = ['--require-approval', 'never', '--method', 'direct', '--progress', 'events'];
  const files = ['--app', place.assemblyDir, '--outputs-file', place.stackOutputsFile];
  await cdk(['deploy', '--all', ...options, ...files], {
    cwd: place.dir,
    env: localAwsEnvironment(endpoint),
    detail,
    what: 'cdk deploy',
  });
  const outputs = readJson<Record<string, Record<string, string>>>(place.stackOutputsFile) ?? {};
  return Object.assign({}, ...Object.values(outputs));
}

/** The one stack's name and template file, read from what `cdk synth` wrote. */
export function synthesizedStack(place: LocalPlace): {
  readonly name: string;
  readonly templateFile: string;
} {
  const suffix = '.template.json';
  const file = readdirSync(place.assemblyDir).find((name) => name.endsWith(suffix));
  if (!file) throw new LocalError('deploy-failed', `cdk synth wrote no template to ${place.assemblyDir}.`);
  return { name: file.slice(0, -suffix.length), templateFile: path.join(place.assemblyDir, file) };
}

interface CdkCall {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly what: string;
  readonly detail?: Detail;
}

/** The real command-line program, run by this Node. A failure shows what it printed: the reason is in the middle. */
async function cdk(args: readonly string[], call: CdkCall, run: RunCommand = runCommand): Promise<void> {
  const { code, output } = await run(process.execPath, [CDK, ...args, ...QUIET], {
    cwd: call.cwd,
    env: {
      ...call.env,
      NODE_OPTIONS: '',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      CDK_DISABLE_VERSION_CHECK: 'true',
      NO_COLOR: '1',
    },
    onLine: (line) => line.trim() && call.detail?.(line.trim()),
  });
  if (code !== 0) throw new LocalError('deploy-failed', `${call.what} failed:\n${output.trim()}`);
}

/** `cdk synth` runs the app as `node bin/…`, which must be the Node that can read TypeScript. */
function nodeFirst(): string {
  return [path.dirname(process.execPath), process.env.PATH].filter(Boolean).join(path.delimiter);
}
