import { expect, test } from '@jest/globals';
import type { Dialect } from '../../core/dialects/dialect.ts';
import type { WebhookPlatformProps } from '../../lib/platform-props.ts';
import { resolveSettings } from '../../lib/platform-settings.ts';
import { SettingsError } from '../../lib/settings-error.ts';

const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const dialect = (name: unknown) => ({ name }) as Dialect;

test('every setting has a default', () => {
  expect(resolveSettings({})).toEqual({
    production: true,
    retentionDays: 30,
    logRetentionDays: 30,
    alarmEmail: undefined,
    alertSender: undefined,
    alertGatherSeconds: 30,
    dashboardUrl: undefined,
    publishReservedConcurrency: undefined,
    deliverMaxConcurrency: 500,
    deliverMemoryMb: 1024,
    dispatchBatchingWindowSeconds: 0,
    statisticsWindowSeconds: 60,
    documentsOrigins: [],
    downloads: 'link',
    downloadsTrail: true,
    apiRequestsPerSecond: 5000,
    apiBurst: 2500,
    staticAddresses: 0,
    traceSampling: 1,
    exportExpired: false,
    allowLocalReceivers: false,
    maxQueueDelaySeconds: 900,
    retryGraceSeconds: 120,
    circuitFailures: 20,
    circuitProbeSeconds: 30,
    circuitLongestProbeSeconds: 900,
    disableAfterDays: 5,
    extraDialects: [],
  });
});

test.each<[keyof WebhookPlatformProps, number, number]>([
  ['retentionDays', 1, 3650],
  ['deliverMaxConcurrency', 2, 1000],
  ['deliverMemoryMb', 128, 10_240],
  ['dispatchBatchingWindowSeconds', 0, 300],
  ['statisticsWindowSeconds', 60, 900],
  ['apiRequestsPerSecond', 1, 100_000],
  ['apiBurst', 1, 100_000],
  ['staticAddresses', 0, 2],
  ['traceSampling', 0, 100],
  ['maxQueueDelaySeconds', 1, 900],
  ['retryGraceSeconds', 1, 3600],
  ['circuitFailures', 1, 10_000],
  ['circuitProbeSeconds', 1, 900],
  ['circuitLongestProbeSeconds', 1, 900],
  ['disableAfterDays', 1, 365],
  ['alertGatherSeconds', 1, 900],
  ['publishReservedConcurrency', 1, 10_000],
])('%s is a whole number from %i to %i', (name, lowest, highest) => {
  // Long enough for any time that an endpoint may fail.
  const others = { retentionDays: 3650 };
  const accepted = [lowest, highest].map((value) => resolveSettings({ ...others, [name]: value })[name]);
  expect(accepted).toEqual([lowest, highest]);
  for (const value of [lowest - 1, highest + 1, lowest + 0.5, Number.NaN]) {
    expect(() => resolveSettings({ [name]: value })).toThrow(
      new SettingsError(
        `${name} is ${JSON.stringify(value)}; it must be a whole number from ${lowest} to ${highest}`,
      ),
    );
  }
});

test.each<[WebhookPlatformProps, RegExp]>([
  [
    { retentionDays: 3, disableAfterDays: 11 },
    /^disableAfterDays is 11; it must be at most retentionDays \+ 7, 10$/,
  ],
  [{ logRetentionDays: 31 }, /^logRetentionDays is 31; it must be one of 1, 3, 5, 7, 14, 30, 60,/],
  [{ alarmEmail: 'ops' }, /^alarmEmail is "ops"; it must be an e-mail address/],
  [{ production: 'no' as never }, /^production is "no"; it must be true or false$/],
  [{ allowLocalReceivers: 1 as never }, /^allowLocalReceivers is 1; it must be true or false$/],
  [{ documentsBucket: 'My Bucket' }, /^documentsBucket is "My Bucket"; it must be the name of a bucket$/],
  [
    { documentPrefixes: { archive: 'acme' } },
    /^documentPrefixes has "archive": "acme"; it must be prefixes that end in a slash/,
  ],
  [
    { documentPrefixes: { [`${'x'.repeat(1000)}/`]: 'acme' } },
    /^documentPrefixes is "1012 bytes"; it must be at most 1000 bytes of JSON$/,
  ],
  [
    { documentsKeyArn: KEY },
    /^documentsKeyArn is "arn:aws:kms:.*"; it must be left out without a documentsBucket/,
  ],
  [
    { documentsBucket: 'files', documentsKeyArn: 'alias/files' },
    /^documentsKeyArn is "alias\/files"; it must be the ARN of a KMS key, not of an alias$/,
  ],
  [
    { documentsOrigins: 'https://a.example' as never },
    /^documentsOrigins is .*; it must be an array of origins$/,
  ],
  [
    { documentsOrigins: ['https://a.example/'] },
    /^documentsOrigins is "https:\/\/a.example\/"; it must be origins/,
  ],
  [{ documentsOrigins: ['https://*.a.*'] }, /^documentsOrigins is .* it must be origins such as/],
  [
    { documentsOrigins: ['https://a.example'], documentsBucket: 'files' },
    /^documentsOrigins is \["https:\/\/a.example"\]; it must be left out with a documentsBucket/,
  ],
  [{ extraDialects: {} as never }, /^extraDialects is \{\}; it must be an array of dialects$/],
  [
    { extraDialects: [dialect('My dialect')] },
    /^extraDialects is "My dialect"; it must be dialects whose name/,
  ],
  [{ extraDialects: [null as never] }, /^extraDialects is undefined; it must be dialects whose name/],
  [{ extraDialects: [dialect('a'), dialect('a')] }, /^extraDialects is "a"; it must be names that differ$/],
  [
    { extraDialects: [{ ...dialect('a'), title: 'x'.repeat(2500) }] },
    /^extraDialects is "25\d\d bytes"; it must be at most 2500 bytes of JSON in all$/,
  ],
])('%j is refused in words that quote it', (props, message) => {
  expect(() => resolveSettings(props)).toThrow(message);
});

test('a key, and origins with a port or one asterisk, are accepted', () => {
  const key = { documentsBucket: 'files', documentsKeyArn: KEY };
  expect(resolveSettings(key)).toMatchObject(key);
  const documentsOrigins = ['*', 'https://*.example.com', 'http://localhost:3000'];
  expect(resolveSettings({ documentsOrigins })).toMatchObject({ documentsOrigins });
});

test.each<[string, WebhookPlatformProps, string]>([
  [
    'no address',
    { alertSender: {} as never },
    'alertSender.email is undefined; it must be an e-mail address',
  ],
  ['half an address', { alertSender: { email: 'alerts@' } }, 'alertSender.email is "alerts@"; it must be'],
  [
    "what is no identity's ARN",
    { alertSender: { email: 'a@example.com', identityArn: 'example.com' } },
    'alertSender.identityArn is "example.com"; it must be the ARN of an identity of SES',
  ],
  [
    'no URL of a page',
    { dashboardUrl: 'dash.example.com' },
    'dashboardUrl is "dash.example.com"; it must be a URL',
  ],
])('mails from or to %s are refused', (_case, props, message) => {
  expect(() => resolveSettings(props)).toThrow(message);
});
