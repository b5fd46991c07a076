import { Token } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Dialect } from '../core/dialects/dialect.ts';
import { SPARE_DAYS } from '../core/retention.ts';
import { resolveDocumentSettings } from './document-settings.ts';
import type { AlertSender, WebhookPlatformProps } from './platform-props.ts';
import { flag, refused } from './settings-error.ts';

/** The props with every default filled in. */
export type PlatformSettings = Required<Omit<WebhookPlatformProps, OptionalProp>> &
  Pick<WebhookPlatformProps, OptionalProp>;
type OptionalProp =
  | 'alarmEmail'
  | 'alertSender'
  | 'dashboardUrl'
  | 'publishReservedConcurrency'
  | 'documentsBucket'
  | 'documentsKeyArn'
  | 'documentPrefixes';

/** Whole numbers: lowest, highest, default. */
const NUMBERS = {
  retentionDays: [1, 3650, 30],
  deliverMaxConcurrency: [2, 1000, 500],
  deliverMemoryMb: [128, 10_240, 1024],
  dispatchBatchingWindowSeconds: [0, 300, 0],
  statisticsWindowSeconds: [60, 900, 60],
  apiRequestsPerSecond: [1, 100_000, 5000],
  apiBurst: [1, 100_000, 2500],
  staticAddresses: [0, 2, 0],
  traceSampling: [0, 100, 1],
  maxQueueDelaySeconds: [1, 900, 900],
  retryGraceSeconds: [1, 3600, 120],
  circuitFailures: [1, 10_000, 20],
  circuitProbeSeconds: [1, 900, 30],
  circuitLongestProbeSeconds: [1, 900, 900],
  disableAfterDays: [1, 365, 5],
  alertGatherSeconds: [1, 900, 30],
} as const;
type NumberSetting = keyof typeof NUMBERS;

const RESERVED_CONCURRENCY = [1, 10_000] as const;
const LOG_RETENTION_PERIODS = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === 'number' && days !== RetentionDays.INFINITE,
);

/** A function's environment holds 4 KB; names, addresses and ARNs take about 1.5 KB of it. */
const MAX_EXTRA_DIALECT_BYTES = 2500;

/** Fills in the defaults. Throws `SettingsError` for the first value that is out of its range. */
export function resolveSettings(props: WebhookPlatformProps): PlatformSettings {
  const numbers = Object.fromEntries(
    Object.entries(NUMBERS).map(([name, [lowest, highest, fallback]]) => {
      const value = props[name as NumberSetting] ?? fallback;
      return [name, wholeNumber(name, value, lowest, highest)];
    }),
  ) as Record<NumberSetting, number>;
  const longestRest = numbers.retentionDays + SPARE_DAYS;
  if (numbers.disableAfterDays > longestRest) {
    // Events are deleted then, and with them what waits for an endpoint that is not disabled yet.
    throw refused(
      'disableAfterDays',
      numbers.disableAfterDays,
      `at most retentionDays + ${SPARE_DAYS}, ${longestRest}`,
    );
  }
  return {
    ...numbers,
    production: flag('production', props.production ?? true),
    exportExpired: flag('exportExpired', props.exportExpired ?? false),
    allowLocalReceivers: flag('allowLocalReceivers', props.allowLocalReceivers ?? false),
    logRetentionDays: logRetention(props.logRetentionDays ?? 30),
    ...resolveDocumentSettings(props),
    extraDialects: extraDialects(props.extraDialects ?? []),
    alarmEmail: email('alarmEmail', props.alarmEmail),
    alertSender: alertSender(props.alertSender),
    dashboardUrl: url('dashboardUrl', props.dashboardUrl),
    publishReservedConcurrency:
      props.publishReservedConcurrency === undefined
        ? undefined
        : wholeNumber(
            'publishReservedConcurrency',
            props.publishReservedConcurrency,
            ...RESERVED_CONCURRENCY,
          ),
  };
}

function wholeNumber(name: string, value: number, lowest: number, highest: number): number {
  if (Number.isInteger(value) && value >= lowest && value <= highest) return value;
  throw refused(name, value, `a whole number from ${lowest} to ${highest}`);
}

function logRetention(days: number): number {
  if (LOG_RETENTION_PERIODS.includes(days)) return days;
  throw refused('logRetentionDays', days, `one of ${LOG_RETENTION_PERIODS.join(', ')}`);
}

function email(name: string, address: string | undefined): string | undefined {
  if (address === undefined || /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(address)) return address;
  throw refused(name, address, 'an e-mail address such as ops@example.com');
}

function alertSender(sender: AlertSender | undefined): AlertSender | undefined {
  if (sender === undefined) return undefined;
  const { email: address, identityArn } = sender;
  if (address === undefined) throw refused('alertSender.email', address, 'an e-mail address');
  email('alertSender.email', address);
  if (identityArn === undefined || Token.isUnresolved(identityArn)) return sender;
  if (/^arn:[\w-]+:ses:[\w-]+:\d{12}:identity\/\S+$/.test(identityArn)) return sender;
  throw refused('alertSender.identityArn', identityArn, 'the ARN of an identity of SES');
}

function url(name: string, address: string | undefined): string | undefined {
  if (address === undefined || Token.isUnresolved(address)) return address;
  if (/^https?:$/.test(URL.parse(address)?.protocol ?? '')) return address;
  throw refused(name, address, 'a URL such as https://dashboard.example.com');
}

function extraDialects(dialects: readonly Dialect[]): readonly Dialect[] {
  if (!Array.isArray(dialects)) throw refused('extraDialects', dialects, 'an array of dialects');
  const names = new Set<string>();
  for (const dialect of dialects) {
    const name: unknown = dialect?.name;
    if (typeof name !== 'string' || !/^[a-z][a-z0-9-]*$/.test(name)) {
      throw refused('extraDialects', name, 'dialects whose name is lower-case letters, digits and hyphens');
    }
    if (names.has(name)) throw refused('extraDialects', name, 'names that differ');
    names.add(name);
  }
  const bytes = Buffer.byteLength(JSON.stringify(dialects));
  if (bytes > MAX_EXTRA_DIALECT_BYTES) {
    throw refused(
      'extraDialects',
      `${bytes} bytes`,
      `at most ${MAX_EXTRA_DIALECT_BYTES} bytes of JSON in all`,
    );
  }
  return dialects;
}
