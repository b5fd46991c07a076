import { type LocalOutputs, localStatus, mailsUrl, startLocal, stopLocal } from './local-aws.ts';
import { LocalError, runProgram } from './local-error.ts';
import { localPlace, readJson } from './place.ts';
import { showProgress } from './progress.ts';

const HELP = `Posthorn on a local AWS (MiniStack), without an AWS account.

Usage: npm run local -- <command>

  up      Start the local AWS where none runs, deploy the stack, and write .local/outputs.json
          (apiUrl, operatorKey, documentsBucket, awsEndpoint, region, and the stack's outputs). Again: deploy in place.
  down    Stop the local AWS that up started. Everything in it is gone.
  status  Show whether it runs, and where.

Receivers may be plain http and on this machine; on AWS they may not.

Environment:
  POSTHORN_PORT       the port to start on (4566)
  POSTHORN_LOCAL_DIR  where its files go (.local)
  AWS_ENDPOINT_URL    an emulator that runs already: it is used, and never stopped
`;

type Command = () => Promise<number>;

const COMMANDS: Readonly<Record<string, Command>> = { up, down, status };

async function up(): Promise<number> {
  const { outputs } = await startLocal({ progress: showProgress() });
  console.log(describeOutputs(outputs));
  return 0;
}

async function down(): Promise<number> {
  const stopped = await stopLocal();
  console.log(stopped ? 'The local AWS is stopped.' : 'No local AWS was running from here.');
  return 0;
}

/** 0 where it runs, 3 where it does not (as `systemctl status`). */
async function status(): Promise<number> {
  const found = await localStatus();
  const outputs = readJson<LocalOutputs>(localPlace().outputsFile);
  if (!found?.running) {
    console.log(
      found ? `Nothing answers at ${found.endpoint} (AWS_ENDPOINT_URL).` : 'The local AWS is not running.',
    );
    return 3;
  }
  console.log(`The local AWS runs at ${found.endpoint}${found.own ? '' : ' (AWS_ENDPOINT_URL)'}.`);
  console.log(
    outputs?.awsEndpoint === found.endpoint
      ? describeOutputs(outputs)
      : 'Nothing is deployed there from here.',
  );
  return 0;
}

function describeOutputs(outputs: LocalOutputs): string {
  return [
    `API           ${outputs.apiUrl}`,
    `Operator key  ${outputs.operatorKey}`,
    `Mails         ${mailsUrl(outputs)}`,
    `AWS endpoint  ${outputs.awsEndpoint} (${outputs.region})`,
    `All of it     ${localPlace().outputsFile}`,
  ].join('\n');
}

async function main(args: readonly string[]): Promise<number> {
  const [name] = args;
  if (name === undefined || name === 'help' || args.includes('--help') || args.includes('-h')) {
    console.log(HELP);
    return name === undefined ? 1 : 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) {
    throw new LocalError(
      'usage',
      `Unknown command "${name}": use up, down or status (npm run local -- --help).`,
    );
  }
  if (args.length > 1)
    throw new LocalError('usage', `"${name}" takes no arguments, but got "${args.slice(1).join(' ')}".`);
  return command();
}

await runProgram(() => main(process.argv.slice(2)));
