import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { runCli } from '../../../cli/run-cli.ts';
import { localAwsEnvironment } from '../../../local/aws.ts';
import { readOutputs } from '../read-outputs.ts';
import { connectBucket } from './bucket.ts';

const { s3, bucket, close } = connectBucket();
const environment = { ...process.env };
beforeAll(() => {
  Object.assign(process.env, localAwsEnvironment(readOutputs().awsEndpoint));
});
afterAll(() => {
  process.env = environment;
  close();
});

/** What the preflight check finds, by name. */
async function check(name: string): Promise<{ code: number; verdicts: Record<string, string> }> {
  const lines: string[] = [];
  const code = await runCli(['check-bucket', name, '--json'], {
    environment: {},
    print: (line) => lines.push(line),
    complain: (line) => lines.push(line),
    signal: new AbortController().signal,
  });
  const findings = lines.map((line) => JSON.parse(line) as { name: string; verdict: string });
  return { code, verdicts: Object.fromEntries(findings.map(({ name, verdict }) => [name, verdict])) };
}

test('the bucket that the stack makes lacks nothing', async () => {
  const { code, verdicts } = await check(bucket);
  expect(code).toBe(0);
  // The emulator leaves a template's lifecycle rules out.
  const { lifecycle, ...others } = verdicts;
  expect(lifecycle).toBeDefined();
  expect(Object.entries(others).filter(([, verdict]) => verdict !== 'right')).toEqual([]);
});

test('a bucket as S3 makes it lacks notifications and versions', async () => {
  await s3.send(new CreateBucketCommand({ Bucket: 'somebody-elses-files' }));
  const { code, verdicts } = await check('somebody-elses-files');
  expect(code).toBe(1);
  expect(verdicts).toMatchObject({ 'EventBridge notifications': 'missing', versioning: 'missing' });
});
