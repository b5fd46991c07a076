import { readFileSync } from 'node:fs';
import type { Dialect } from '../core/dialects/dialect.ts';
import { quote } from '../core/errors.ts';
import type { AlertSender, WebhookPlatformProps } from '../lib/platform-props.ts';
import { refused, SettingsError } from '../lib/settings-error.ts';

/** What `-c name=value` on the command line, or `context` in cdk.json, may say. */
export interface AppSettings {
  /** Name of the stack; `posthorn` unless said otherwise. */
  readonly stackName: string;
  /** Where it goes; the region of the CLI's credentials unless said otherwise. */
  readonly region: string | undefined;
  readonly platform: WebhookPlatformProps;
}

type Reader<T> = (name: string, value: unknown) => T;

/** How each prop is read from the text of a command line. */
const PLATFORM_READERS: {
  readonly [K in keyof Required<WebhookPlatformProps>]: Reader<WebhookPlatformProps[K]>;
} = {
  production: yesOrNo,
  retentionDays: number,
  logRetentionDays: number,
  alarmEmail: text,
  alertSender: textOrJson,
  alertGatherSeconds: number,
  dashboardUrl: text,
  publishReservedConcurrency: number,
  deliverMaxConcurrency: number,
  deliverMemoryMb: number,
  dispatchBatchingWindowSeconds: number,
  statisticsWindowSeconds: number,
  apiRequestsPerSecond: number,
  apiBurst: number,
  staticAddresses: number,
  traceSampling: number,
  exportExpired: yesOrNo,
  allowLocalReceivers: yesOrNo,
  maxQueueDelaySeconds: number,
  retryGraceSeconds: number,
  documentsBucket: text,
  documentsKeyArn: text,
  documentPrefixes: json,
  documentsOrigins: texts,
  downloads: text as Reader<WebhookPlatformProps['downloads']>,
  downloadsTrail: yesOrNo,
  circuitFailures: number,
  circuitProbeSeconds: number,
  circuitLongestProbeSeconds: number,
  disableAfterDays: number,
  extraDialects: jsonOrFile,
};
const NAMES = ['stackName', 'region', ...Object.keys(PLATFORM_READERS)];

/**
 * Reads the settings out of the app's context. Throws `SettingsError` for a value that cannot be read and for a name
 * that is no setting: a mistyped `-c retentionDay=90` must not deploy with the default.
 *
 * @param context all of it; the CDK's own entries have a colon, a slash or a hyphen in their names
 */
export function readSettings(context: Readonly<Record<string, unknown>>): AppSettings {
  const unknown = Object.keys(context).find((name) => /^\w+$/.test(name) && !NAMES.includes(name));
  if (unknown !== undefined) {
    throw new SettingsError(`${quote(unknown)} is no setting; the settings are ${NAMES.join(', ')}`);
  }
  const platform = Object.entries(PLATFORM_READERS)
    .filter(([name]) => context[name] !== undefined)
    .map(([name, read]) => [name, read(name, context[name])]);
  return {
    stackName: stackName(context.stackName ?? 'posthorn'),
    region: context.region === undefined ? undefined : region(context.region),
    platform: Object.fromEntries(platform),
  };
}

function stackName(value: unknown): string {
  if (typeof value === 'string' && /^[A-Za-z][A-Za-z0-9-]{0,127}$/.test(value)) return value;
  throw refused('stackName', value, 'a letter, then up to 127 letters, digits and hyphens');
}

function region(value: unknown): string {
  if (typeof value === 'string' && /^[a-z]{2,}(-[a-z]+)+-\d+$/.test(value)) return value;
  throw refused('region', value, 'a region such as eu-central-1');
}

function yesOrNo(name: string, value: unknown): boolean {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw refused(name, value, 'true or false');
}

function number(name: string, value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  throw refused(name, value, 'a number');
}

function text(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw refused(name, value, 'text');
}

/** An array as cdk.json has it, or a text with commas in between. */
function texts(name: string, value: unknown): readonly string[] {
  return Array.isArray(value) ? value : text(name, value).split(',');
}

/** An object as cdk.json has it, or its JSON. */
function json(name: string, value: unknown): Readonly<Record<string, string>> {
  try {
    const given = typeof value === 'string' ? JSON.parse(value) : value;
    if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given;
  } catch {
    // As every other value that is no object.
  }
  throw refused(name, value, 'a JSON object');
}

/** An object as cdk.json has it, its JSON, or an address alone. */
function textOrJson(name: string, value: unknown): AlertSender {
  if (typeof value === 'object' && value !== null) return value as AlertSender;
  const given = text(name, value);
  try {
    return given.trimStart().startsWith('{') ? JSON.parse(given) : { email: given };
  } catch (cause) {
    throw refused(name, given, `an e-mail address or a JSON object (${(cause as Error).message})`);
  }
}

/** An array as cdk.json has it, its JSON, or the path of a file that holds the JSON. */
function jsonOrFile(name: string, value: unknown): readonly Dialect[] {
  if (Array.isArray(value)) return value;
  const given = text(name, value);
  try {
    return JSON.parse(given.trimStart().startsWith('[') ? given : readFileSync(given, 'utf8'));
  } catch (cause) {
    throw refused(
      name,
      given,
      `a JSON array or the path of a file that holds one (${(cause as Error).message})`,
    );
  }
}
