import { afterEach, expect, test } from '@jest/globals';
import { runCli } from '../../cli/run-cli.ts';
import { startHttp } from '../lambdas/adapters/local-servers.ts';

let close = async () => {};
const environment = { ...process.env };
afterEach(async () => {
  process.env = { ...environment };
  await close();
});

const error = (code: string) => `<Error><Code>${code}</Code><Message>it is so</Message></Error>`;
const ON: Record<string, string> = {
  notification:
    '<NotificationConfiguration><EventBridgeConfiguration></EventBridgeConfiguration></NotificationConfiguration>',
  versioning: '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>',
  publicAccessBlock:
    '<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>',
  policy: error('NoSuchBucketPolicy'),
  encryption: error('ServerSideEncryptionConfigurationNotFoundError'),
  lifecycle: error('NoSuchLifecycleConfiguration'),
};

/** Runs the command against an S3 that answers this, by the query's name. */
async function check(answers: Record<string, string>, ...args: string[]) {
  const s3 = await startHttp((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://s3');
    const [name = ''] = [...searchParams.keys()];
    const body = pathname.startsWith('/files') ? (answers[name] ?? '') : error('NoSuchBucket');
    response
      .writeHead(body.startsWith('<Error>') ? 404 : 200, { 'content-type': 'application/xml' })
      .end(body);
  });
  close = s3.close;
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${s3.port}`,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
  });
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(['check-bucket', ...args], {
    // No address and no key of the API: none is wanted.
    environment: {},
    print: (line) => out.push(line),
    complain: (line) => err.push(line),
    signal: new AbortController().signal,
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

test('a bucket that lacks nothing needed ends with 0; what is advised is said', async () => {
  const { code, out } = await check(ON, 'files');
  expect(code).toBe(0);
  expect(out).toMatch(
    /^✔ EventBridge notifications: on\. S3 may take some minutes .*: try with one upload\n✔ versioning: on\n✔ public access: blocked\n! TLS: /,
  );
  expect(out).toMatch(/\nfiles can hold the documents\.$/);
});

test('one whose notifications are off ends with 1 and the command that switches them on', async () => {
  const { code, out } = await check({ ...ON, notification: '<NotificationConfiguration/>' }, 'files');
  expect(code).toBe(1);
  expect(out).toContain(
    `    aws s3api put-bucket-notification-configuration --bucket files --notification-configuration '{"EventBridgeConfiguration":{}}'`,
  );
  expect(out).toMatch(/cannot hold the documents yet\.$/);
});

test('one that a KMS key encrypts is right once the key is named', async () => {
  const key = 'arn:aws:kms:us-east-1:123456789012:key/files';
  const rule = `<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>${key}</KMSMasterKeyID></ApplyServerSideEncryptionByDefault></Rule>`;
  const encryption = `<ServerSideEncryptionConfiguration>${rule}</ServerSideEncryptionConfiguration>`;
  expect((await check({ ...ON, encryption }, 'files')).code).toBe(1);
  await close();
  const { code, out } = await check({ ...ON, encryption }, 'files', '--key', key);
  expect(code).toBe(0);
  expect(out).toContain(`✔ encryption: by KMS (${key}): deploy with documentsKeyArn=${key}`);
  await close();
  const { code: refused, err } = await check(ON, 'files', '--key', 'alias/files');
  expect([refused, err]).toEqual([2, expect.stringContaining('"alias/files", which is no ARN of a KMS key')]);
});

test('--json prints an object a line', async () => {
  const { code, out } = await check({ ...ON, versioning: '<VersioningConfiguration/>' }, 'files', '--json');
  const findings = out.split('\n').map((line) => JSON.parse(line));
  expect(code).toBe(1);
  expect(findings.filter(({ verdict }) => verdict === 'missing')).toEqual([
    expect.objectContaining({ name: 'versioning', fix: expect.stringContaining('put-bucket-versioning') }),
  ]);
});

test('a bucket that is not there, or may not be looked at, ends with 1 and the reason', async () => {
  const { code, out } = await check(ON, 'nothing');
  expect([code, out]).toEqual([1, 'nothing cannot be looked at: NoSuchBucket: it is so']);
});

test('a name that no bucket has ends with 2: it would go into commands', async () => {
  const { code, err } = await check(ON, 'files; rm -rf');
  expect(code).toBe(2);
  expect(err).toContain('<bucket> is "files; rm -rf", which is no name of a bucket.');
});
