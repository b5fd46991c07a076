/** The namespace of the metrics that the platform itself counts. */
export const METRICS_NAMESPACE = 'Posthorn';

/** What the functions count, by the name that CloudWatch knows it by. Each name is one custom metric of $0.30 a month. */
export const METRIC = {
  /** Events that the stream brought to dispatching, test events not among them. */
  published: 'Published',
  /** First attempts that were put on the delivery queue. */
  dispatched: 'Dispatched',
  /** Deliveries that succeeded. */
  delivered: 'Delivered',
  /** Deliveries that ended without a success. */
  failed: 'Failed',
  /** 1 for every attempt that failed and 0 for every other, so that the average is the share that fails. */
  failedAttempts: 'FailedAttempts',
  /** How long an attempt took, from name look-up to the answer's last byte; milliseconds. */
  attemptLatency: 'AttemptLatency',
  /** How long a delivery had been due when its attempt began, unless its endpoint let it wait; milliseconds. */
  deliveryAge: 'DeliveryAge',
  /** How old the oldest event is whose delivery waits for a circuit, at each of the circuit's turns; milliseconds. */
  restingAge: 'RestingAge',
  /** Endpoints that began to rest. */
  circuitOpenings: 'CircuitOpenings',
  /** Records of what expired that were put into the bucket, since Firehose did not take them. */
  expiredPastFirehose: 'ExpiredPastFirehose',
  /** Records of what expired that could not be exported at all. */
  expiredLost: 'ExpiredLost',
  /** Objects of the documents' bucket that belong to no tenant. */
  objectsWithoutTenant: 'ObjectsWithoutTenant',
  /** Reads of objects of that bucket which are no documents. */
  readsWithoutDocument: 'ReadsWithoutDocument',
  /** Mails that told of an endpoint. */
  alertMails: 'AlertMails',
  /** Mails that bounced, were complained of, or that SES rejected however often they were tried. */
  bouncedAlertMails: 'BouncedAlertMails',
} as const;
export type MetricName = keyof typeof METRIC;

/** The one dimension: which platform of the account it is. Never a tenant, or each would be a metric of its own. */
export const METRICS_DIMENSION = 'service';
