/** The names of the environment variables that constructs set and functions read. */
export const ENV = {
  directoryTable: 'DIRECTORY_TABLE',
  eventsTable: 'EVENTS_TABLE',
  deliveriesTable: 'DELIVERIES_TABLE',
  statsTable: 'STATS_TABLE',
  /** Where what expired goes; absent where nothing is exported. */
  exportStream: 'EXPORT_STREAM',
  /** Where what Firehose would not take is put. */
  exportBucket: 'EXPORT_BUCKET',
  deliveryQueueUrl: 'DELIVERY_QUEUE_URL',
  deliveryQueueArn: 'DELIVERY_QUEUE_ARN',
  fanOutQueueUrl: 'FAN_OUT_QUEUE_URL',
  poisonQueueUrl: 'POISON_QUEUE_URL',
  scheduleGroup: 'SCHEDULE_GROUP',
  scheduleRoleArn: 'SCHEDULE_ROLE_ARN',
  scheduleDeadLetterArn: 'SCHEDULE_DEAD_LETTER_ARN',
  dataKeyId: 'DATA_KEY_ID',
  operatorKeySecretId: 'OPERATOR_KEY_SECRET_ID',
  /** `true` lets endpoints be plain http and on any address; off unless the platform runs locally. */
  allowLocalReceivers: 'ALLOW_LOCAL_RECEIVERS',
  /** Longest delay that the queue itself carries, seconds, 1 to 900; longer ones become schedules. */
  maxQueueDelaySeconds: 'MAX_QUEUE_DELAY_SECONDS',
  /** Seconds after its time that a retry is taken for lost. */
  retryGraceSeconds: 'RETRY_GRACE_SECONDS',
  /** JSON of how endpoints' circuits behave, as core/circuit.ts has it. */
  circuitRules: 'CIRCUIT_RULES',
  /** Seconds after which no delivering function runs any more that began before. */
  settledAfterSeconds: 'SETTLED_AFTER_SECONDS',
  /** JSON array of further dialects. */
  extraDialects: 'EXTRA_DIALECTS',
  retentionDays: 'RETENTION_DAYS',
  /** Addresses that requests to endpoints come from, with commas between; absent where they come from anywhere. */
  staticAddresses: 'STATIC_ADDRESSES',
  /** Percentage of events that are traced, 0 to 100. */
  traceSampling: 'TRACE_SAMPLING',
  /** Which platform of the account it is, as its metrics say. */
  metricsService: 'METRICS_SERVICE',
  documentsTable: 'DOCUMENTS_TABLE',
  documentsBucket: 'DOCUMENTS_BUCKET',
  /** JSON object: whose the keys are that begin so; where it is absent, keys begin with their tenant's id. */
  documentPrefixes: 'DOCUMENT_PREFIXES',
  /** Where the API answers, without a slash at its end; the calls that events ask for are made there. */
  apiUrl: 'API_URL',
  downloadLinkRoleArn: 'DOWNLOAD_LINK_ROLE_ARN',
  uploadLinkRoleArn: 'UPLOAD_LINK_ROLE_ARN',
  /** What tells of a download: `link` or `cloudtrail`. */
  downloads: 'DOWNLOADS',
  /** ARNs of the roles that read documents for the platform itself, joined by commas. */
  ownReaderRoleArns: 'OWN_READER_ROLE_ARNS',
  noticeQueueUrl: 'NOTICE_QUEUE_URL',
  operationalBus: 'OPERATIONAL_BUS',
  /** Who alerts are from; without it there are none. */
  alertSender: 'ALERT_SENDER',
  alertConfigurationSet: 'ALERT_CONFIGURATION_SET',
  /** How long an alert waits for more to be in it, seconds. */
  alertGatherSeconds: 'ALERT_GATHER_SECONDS',
  /** Signs the links in mails. */
  linkKeySecretId: 'LINK_KEY_SECRET_ID',
  /** Where people look at an endpoint. */
  dashboardUrl: 'DASHBOARD_URL',
} as const;
