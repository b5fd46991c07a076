import { once } from 'node:events';
import { type Board, findShortcomings } from './demo/board.ts';
import { type Demo, openDemo } from './demo/demo.ts';
import { showDocument } from './demo/document.ts';
import type { ReceiverReport } from './demo/receiver-server.ts';
import { DEMO_TENANTS } from './demo/scenario.ts';
import { openScreen } from './demo/screen.ts';
import {
  type LocalOutputs,
  type LocalRun,
  localStatus,
  mailsUrl,
  startLocal,
  stopLocal,
} from './local-aws.ts';
import { LocalError, runProgram } from './local-error.ts';
import { showProgress } from './progress.ts';

const HELP = `Posthorn's demo on a local AWS: npm start [-- --once]

Starts the local AWS, deploys the stack, makes a tenant per dialect with a receiver written from its guide, publishes
the guides' example events, and shows their deliveries. One receiver fails twice, so retries are seen. Then it uploads a
file as a tenant, whose listener calls back, follows the link and compares the bytes. Stays until Ctrl-C.

  --once   end when every delivery was verified and the bytes were the same (exit code 0), or say what is missing (exit code 1)
`;
const DEMO_DEADLINE_MS = 60_000;

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(HELP);
    return 0;
  }
  const unknown = args.find((arg) => arg !== '--once');
  if (unknown)
    throw new LocalError(
      'usage',
      `Unknown option "${unknown}": use --once, or nothing (npm start -- --help).`,
    );
  const run = await startUnlessInterrupted();
  try {
    return await showDemo(run, args.includes('--once'));
  } finally {
    if (run.started) {
      await stopLocal();
      console.error('The local AWS is stopped.');
    }
  }
}

/** Ctrl-C while it installs and deploys stops what was started so far, but not what ran before. */
async function startUnlessInterrupted(): Promise<LocalRun> {
  const before = await localStatus();
  const stopOwn = before?.running ? async () => {} : stopLocal;
  const giveUp = () => void stopOwn().finally(() => process.exit(130));
  process.once('SIGINT', giveUp).once('SIGTERM', giveUp);
  try {
    return await startLocal({ progress: showProgress() });
  } finally {
    process.off('SIGINT', giveUp).off('SIGTERM', giveUp);
  }
}

async function showDemo({ outputs, started }: LocalRun, endsAlone: boolean): Promise<number> {
  const interruption = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  const demo = await openDemo(outputs, (board) => screen.show(board), reportOther);
  const screen = openScreen(process.stdout, DEMO_TENANTS.flatMap(({ events }) => events).length);
  try {
    await demo.publish();
    const board = await Promise.race([demo.follow(DEMO_DEADLINE_MS), interruption.then(() => null)]);
    screen.close();
    if (!board) return 130;
    console.log('');
    const fault = await Promise.race([
      showDocument(outputs, (line) => console.log(line)),
      interruption.then(() => null),
    ]);
    if (fault === null) return 130;
    const code = conclude(board, fault);
    console.log(describeNextSteps(outputs, demo, started, endsAlone));
    if (!endsAlone) await interruption;
    return endsAlone ? code : 0;
  } finally {
    demo.close();
  }
}

function conclude(board: Board, documentFault: string | undefined): number {
  const missing = findShortcomings(board);
  if (documentFault !== undefined)
    console.error(`The document did not come back as it should: ${documentFault}`);
  if (missing.length === 0) return documentFault === undefined ? 0 : 1;
  console.error(['Not every delivery ended as it should:', ...missing].join('\n  '));
  return 1;
}

/** The receivers stay open, so that an event published by hand is seen to arrive. */
function reportOther({ tenant, type, eventId, outcome }: ReceiverReport): void {
  console.log(`${tenant}: receiver ${outcome} ${[type, eventId].filter(Boolean).join(' ')}`.trimEnd());
}

function describeNextSteps(outputs: LocalOutputs, demo: Demo, started: boolean, endsAlone: boolean): string {
  const tenant = demo.tenants[0]!;
  const event = JSON.stringify({ tenant_id: tenant.id, ...tenant.events[0] });
  const facts = [
    `API           ${outputs.apiUrl}`,
    `Operator key  ${outputs.operatorKey}`,
    `Mails         ${mailsUrl(outputs)}`,
  ];
  if (endsAlone) return ['', ...facts].join('\n');
  return [
    '',
    ...facts,
    '',
    'Publish an event of your own and see it arrive here:',
    `  curl -sS '${outputs.apiUrl}/v1/events' \\`,
    `    -H 'Authorization: Bearer ${tenant.publishKey}' -H 'Content-Type: application/json' \\`,
    `    -d '${event}'`,
    '',
    started
      ? 'Ctrl-C stops the demo and the local AWS.'
      : `Ctrl-C stops the demo; the local AWS at ${outputs.awsEndpoint} was running before and stays.`,
  ].join('\n');
}

await runProgram(() => main(process.argv.slice(2)));
