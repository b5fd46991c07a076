import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Dialect } from '../core/dialects/dialect.ts';
import type { DocumentPrefixes } from '../core/document-prefixes.ts';

/** What tells of a download. */
export type Downloads = 'link' | 'cloudtrail';
/** Who alerts are from. */
export interface AlertSender {
  /** The address that mails are from. */
  readonly email: string;

  /**
   * An identity of SES that is verified and may send as that address: its own or its domain's, in the stack's account and
   * region.
   *
   * @default - one is made of the address; SES mails it a link that must be opened once
   */
  readonly identityArn?: string;
}

/** What an app may choose about a platform. Every member has a default; a refused value is quoted in the error. */
export interface WebhookPlatformProps {
  /**
   * Whether the data must survive mistakes: point-in-time recovery, deletion protection, and tables and the
   * encryption key kept when the stack is deleted.
   *
   * @default true
   */
  readonly production?: boolean;

  /**
   * How long deliveries and the list of events are kept; the events themselves stay a week longer, so that the last
   * retry still finds its own. Whole days, 1 to 3650.
   *
   * @default 30
   */
  readonly retentionDays?: number;

  /**
   * Whether deliveries, attempts and events go to a bucket when they expire: gzipped JSON lines, by day, through Firehose.
   *
   * @default false
   */
  readonly exportExpired?: boolean;

  /**
   * How long CloudWatch keeps the logs. Days; one of the periods that CloudWatch offers (1, 3, 5, 7, 14, 30, 60, 90 …).
   *
   * @default 30
   */
  readonly logRetentionDays?: number;

  /**
   * Who mails about failing endpoints are from. They go to the addresses that tenants give their endpoints.
   *
   * @default - nobody: no such mails are sent, and the API says so
   */
  readonly alertSender?: AlertSender;

  /**
   * How long the first mail about an endpoint waits for more to be in it. Seconds, 1 to 900.
   *
   * @default 30
   */
  readonly alertGatherSeconds?: number;

  /**
   * Where mails send people to look at an endpoint. `{tenant}` and `{webhook}` in it stand for the ids.
   *
   * @default - the API's own page
   */
  readonly dashboardUrl?: string;

  /**
   * Who is told when an alarm fires. AWS mails a link that must be confirmed once.
   *
   * @default - nobody; subscribe to the construct's `alarmTopic`
   */
  readonly alarmEmail?: string;

  /**
   * Concurrency set aside for publishing, so that nothing else in the account can take it; it is also the most that
   * publishing can use. 1 to 10000.
   *
   * @default - none. Lambda refuses a reservation that leaves the account less than 100 unreserved, and a new
   * account has 10 in all: any number here would make a first deploy fail. `deliverMaxConcurrency` keeps a flood of
   * deliveries from starving publishing in an account with the usual quota of 1000.
   */
  readonly publishReservedConcurrency?: number;

  /**
   * How many batches of up to ten deliveries are sent at once. 2 to 1000.
   *
   * @default 500, half of an account's usual quota of 1000: the rest stays free for publishing
   */
  readonly deliverMaxConcurrency?: number;

  /**
   * Memory of the delivering function, in MB; Lambda gives processor time in proportion. 128 to 10240.
   *
   * @default 1024
   */
  readonly deliverMemoryMb?: number;

  /**
   * How long the dispatcher waits for a batch to fill. Longer is cheaper and later. Seconds, 0 to 300.
   *
   * @default 0
   */
  readonly dispatchBatchingWindowSeconds?: number;

  /**
   * How long attempts are counted before the counts are written: a write per endpoint, one per tenant, and stream shard.
   * Longer is cheaper and later. Seconds, 60 to 900.
   *
   * @default 60
   */
  readonly statisticsWindowSeconds?: number;

  /**
   * Sustained requests a second that the API takes before it answers 429. 1 to 100000.
   *
   * @default 5000, half of a region's usual quota, so that a flood here leaves the account's other APIs alive
   */
  readonly apiRequestsPerSecond?: number;

  /**
   * Requests that the API takes at once above that rate. 1 to 100000.
   *
   * @default 2500
   */
  readonly apiBurst?: number;

  /**
   * How many fixed addresses requests to endpoints come from: one a zone, behind a NAT gateway each, $36.50 a month.
   * 0 to 2; with 2 a zone may fail.
   *
   * @default 0: any address of AWS's in the region, at no cost
   */
  readonly staticAddresses?: number;

  /**
   * Share of events, in percent, whose way is traced with AWS X-Ray, from publish to every POST. Each traced event costs
   * $0.000005, and is answered some ten milliseconds later. Whole percents, 0 to 100.
   *
   * @default 1
   */
  readonly traceSampling?: number;

  /**
   * Lets endpoints be plain http and on any address, loopback and the metadata service included. For local runs only.
   *
   * @default false
   */
  readonly allowLocalReceivers?: boolean;

  /**
   * The longest delay that the queue itself carries; longer ones become one-time schedules. Seconds, 1 to 900.
   *
   * @default 900, which is as long as SQS can
   */
  readonly maxQueueDelaySeconds?: number;

  /**
   * How long after its time a retry is taken for lost, and made again. Shorter heals a crash sooner and sends twice where
   * the queue is that far behind. Seconds, 1 to 3600.
   *
   * @default 120
   */
  readonly retryGraceSeconds?: number;

  /**
   * The bucket of the tenants' documents: one that is there already, or its name. Its owner has to switch EventBridge
   * notifications on; `posthorn check-bucket` says what else it lacks. Region and account must be the stack's.
   *
   * @default - one is made
   */
  readonly documentsBucket?: IBucket | string;

  /**
   * ARN of the KMS key that a given bucket is encrypted by. The roles that sign links may then use it, if the key's policy
   * leaves that to the account's IAM policies, as the usual one does.
   *
   * @default - the key that the given construct names (`encryptionKey`), if any
   */
  readonly documentsKeyArn?: string;

  /**
   * Origins whose pages may send the upload form and fetch by links, e.g. `https://app.example.com`: they become the CORS
   * rule of the bucket that is made. A given bucket's rules are its owner's affair.
   *
   * @default - none: browsers let no page of another origin read the answers
   */
  readonly documentsOrigins?: readonly string[];

  /**
   * Whose the bucket's keys are: prefix to tenant id, each prefix ending in a slash; of several that fit, the longest
   * decides. `*` instead of a tenant id takes the id from what stands between the prefix and the next slash. A tenant has
   * one prefix. At most 1000 bytes of JSON. Documents whose prefix is taken away cannot be fetched any more.
   *
   * @default { '': '*' }, keys are `{tenant id}/{path}`
   */
  readonly documentPrefixes?: DocumentPrefixes;

  /**
   * What tells of a download: `link`, that a link to the document was given out; `cloudtrail`, that its bytes were read.
   *
   * @default 'link'
   */
  readonly downloads?: Downloads;

  /**
   * Whether `downloads: 'cloudtrail'` makes a trail of its own. `false` where another trail of the account records the
   * reads of this bucket already: every copy of a record is paid for.
   *
   * @default true
   */
  readonly downloadsTrail?: boolean;

  /**
   * Failed attempts in a row after which an endpoint rests: what comes for it waits, and one delivery at a time finds out
   * whether it is well again. 1 to 10000.
   *
   * @default 20, more than one delivery's attempts, so that one event that a receiver cannot take rests nobody
   */
  readonly circuitFailures?: number;

  /**
   * How long after it began to rest an endpoint is tried for the first time; each further probe comes after twice as long.
   * Seconds, 1 to 900.
   *
   * @default 30
   */
  readonly circuitProbeSeconds?: number;

  /**
   * The longest time between two probes. Seconds, 1 to 900.
   *
   * @default 900, which is as long as a queue can wait
   */
  readonly circuitLongestProbeSeconds?: number;

  /**
   * An endpoint that has failed for this long, with nothing delivered, is disabled. Days, 1 to 365, at most
   * `retentionDays` + 7: events live that long, and with them what waits for the endpoint.
   *
   * @default 5
   */
  readonly disableAfterDays?: number;

  /**
   * Dialects beside the built-in ones. They travel in an environment variable: at most 2500 bytes of JSON in all.
   *
   * @default - none
   */
  readonly extraDialects?: readonly Dialect[];
}
