// Generated from docs/openapi.json by `npm run openapi`; changes made here are lost.
import { type Call, type CallOptions, pathPart } from './http-client.ts';

export type NewEventType = {
  tenant_id?: string;
  type: string;
  description?: string;
  /** JSON Schema 2020-12 of the events' data, 16384 bytes at most. */
  schema?: Record<string, unknown>;
  /** Data that fits the schema, 16384 bytes at most. */
  example?: Record<string, unknown>;
};

/** A JSON merge patch (RFC 7396): null removes, absent keeps. */
export type EventTypePatch = {
  tenant_id?: string;
  description?: string | null;
  schema?: Record<string, unknown> | null;
  example?: Record<string, unknown> | null;
  archived?: boolean | null;
};

export type WantedWebhook = {
  /** Begins with `https://`; without credentials, fragment and white space, and not this API's own host. Addresses that are not public are not called. */
  url: string;
  /** Event types, `order.*` for all that begin with `order.`, or `*` for every one. */
  events?: string[];
  /** The tenant's own; made here where absent. In `standard` it is `whsec_` and the base64 of 24 to 64 bytes, elsewhere 8 to 256 visible characters of ASCII. `arken` has none, and `ed25519` none of the tenant's own. */
  secret?: string;
  /** `hmac` where absent; `ed25519` in `standard` alone: `public_key` verifies then. */
  signing?: "hmac" | "ed25519";
  /** Whether it gets events; it may be made disabled. */
  active?: boolean;
  /** At most 20: a path in the data, e.g. `order.currency`, and the values of which one must stand there. */
  filters?: Record<string, (string | number | boolean | null)[] | string | number | boolean | null>;
  description?: string;
  /** At most 50 texts of the tenant's own. */
  metadata?: Record<string, string>;
  /** At most 20, sent with every request. Names that HTTP or any dialect uses are refused. The endpoint shows no values, but "[redacted]", which a patch may send back to keep them; the log of its attempts hides those whose names sound like credentials. */
  headers?: Record<string, string>;
  /** For `arken`, which signs nothing: a header of its own, or a token by OpenID Connect client credentials. The secret value is shown as "[redacted]", which a patch may send back to keep it. */
  auth?: {
    header?: {
      name: string;
      value: string;
    };
    openIdConnect?: {
      issuer?: string;
      tokenUrl?: string;
      clientId: string;
      clientSecret: string;
      scope?: string;
    };
  };
  /** Stands in the envelopes of `arken`. */
  api_version?: string;
  /** Seconds that the endpoint has for a complete answer, to the millisecond; at most the dialect's timeout, which holds where this is absent. */
  timeout?: number;
  /** What the endpoint takes at most. Deliveries above it wait; no attempt is spent on that. */
  rate_limit?: {
    /** Requests begun in a second. */
    per_second?: number;
    /** Requests under way at a time. */
    concurrent?: number;
  };
  /** Who is told by mail when deliveries to the endpoint go on failing, or when it is switched off. Mails are sent where the deployment has a sender. */
  alerts?: {
    email?: string[] | string;
  };
  /** Whether it gets what the platform says of itself, and nothing else: `endpoint.failing` and the like. Set when the endpoint is made, and not changed later. */
  operational?: boolean;
  tenant_id?: string;
};

/** A JSON merge patch (RFC 7396): null removes, absent keeps. So does "[redacted]" in `headers` and `auth`, as an endpoint shows their values. */
export type WebhookPatch = {
  /** Begins with `https://`; without credentials, fragment and white space, and not this API's own host. Addresses that are not public are not called. */
  url?: string;
  /** Event types, `order.*` for all that begin with `order.`, or `*` for every one. */
  events?: string[];
  /** The tenant's own; made here where absent. In `standard` it is `whsec_` and the base64 of 24 to 64 bytes, elsewhere 8 to 256 visible characters of ASCII. `arken` has none, and `ed25519` none of the tenant's own. */
  secret?: string;
  /** `hmac` where absent; `ed25519` in `standard` alone: `public_key` verifies then. */
  signing?: "hmac" | "ed25519";
  /** Whether it gets events; it may be made disabled. */
  active?: boolean;
  filters?: Record<string, (string | number | boolean | null)[] | string | number | boolean | null | null> | null;
  description?: string | null;
  metadata?: Record<string, string | null> | null;
  headers?: Record<string, string | null> | null;
  auth?: {
    header?: {
      name?: string;
      value?: string;
    } | null;
    openIdConnect?: {
      issuer?: string | null;
      tokenUrl?: string | null;
      clientId?: string;
      clientSecret?: string;
      scope?: string | null;
    } | null;
  } | null;
  api_version?: string | null;
  timeout?: number | null;
  rate_limit?: {
    per_second?: number | null;
    concurrent?: number | null;
  } | null;
  alerts?: {
    email?: string[] | string | null;
  } | null;
  operational?: boolean | null;
  tenant_id?: string;
};

/** An error, as RFC 9457 shapes it. */
export type Problem = {
  type: "about:blank";
  title: string;
  status: number;
  /** What was refused, quoted, and what would be accepted. */
  detail: string;
  /** Stable: clients may rely on it. */
  code: "invalid_request" | "invalid_json" | "unauthorized" | "forbidden" | "tenant_disabled" | "not_found" | "method_not_allowed" | "request_in_progress" | "conflict" | "gone" | "payload_too_large" | "unsupported_media_type" | "idempotency_key_reused" | "unknown_event_type" | "number_not_exact" | "invalid_data" | "internal_error" | "unavailable";
  /** Every refused value. */
  errors?: {
    path: string;
    message: string;
  }[];
  /** What the log has this request under. */
  request_id?: string;
};

/** What API Gateway answers where it did not come to our function. */
export type GatewayError = {
  message: string;
};

export type AcceptedEvent = {
  id: string;
  tenant_id: string;
  type: string;
  created_at: string;
};

export type BatchVerdict = {
  /** In the entries' order. */
  results: {
    /** What the entry would have been answered alone. */
    status: number;
    id?: string;
    error?: {
      code: string;
      detail: string;
      path?: string;
    };
  }[];
};

/** An event; its tenant and its data only where it was polled. */
export type ListedEvent = {
  id: string;
  tenant_id?: string;
  type: string;
  /** The producer's data, digit by digit. */
  data?: unknown;
  /** Where the producer said so. */
  occurred_at?: string;
  /** When it was accepted. */
  created_at: string;
};

export type Tenant = {
  id: string;
  name: string;
  dialect: string;
  status: "active" | "disabled" | "deleting";
  /** `strict`: publishing refuses data that does not fit its type's schema. */
  validate: "strict" | "off";
  /** Days that deliveries are kept and events listed; at most the platform's, which they are by default. Events stay a week longer. */
  retention_days: number;
  created_at: string;
};

/** A key; its secret is in no other answer. */
export type NewApiKey = {
  id: string;
  name?: string;
  /** The public half, the user name of HTTP Basic. */
  access_key: string;
  scope: "tenant" | "publish" | "operator";
  created_at: string;
  /** The whole key, for `Authorization: Bearer`. */
  key: string;
  /** The secret half, the password of HTTP Basic. */
  secret_key: string;
};

/** A key, without its secret. */
export type ApiKey = {
  id: string;
  name?: string;
  /** The public half, the user name of HTTP Basic. */
  access_key: string;
  scope: "tenant" | "publish" | "operator";
  created_at: string;
};

export type PortalLink = {
  /** To revoke it by. */
  id: string;
  /** For `Authorization: Bearer`. */
  token: string;
  tenant_id: string;
  expires_at: string;
};

export type EventType = {
  type: string;
  /** In a catalogue: what belongs together. */
  group?: string;
  description?: string;
  /** JSON Schema 2020-12 of the events' data, 16384 bytes at most. */
  schema?: Record<string, unknown>;
  /** Data that fits the schema, 16384 bytes at most. */
  example?: Record<string, unknown>;
  archived: boolean;
  /** Absent in a catalogue. */
  created_at?: string;
  updated_at?: string;
};

/** An endpoint with its secret. */
export type NewWebhook = {
  id: string;
  url: string;
  events: string[];
  active: boolean;
  created_at: string;
  updated_at: string;
  /** It gets operational events, and nothing else. */
  operational?: true;
  filters?: Record<string, (string | number | boolean | null)[]>;
  description?: string;
  metadata?: Record<string, string>;
  api_version?: string;
  /** What it takes at most; no limit where absent. */
  rate_limit?: {
    per_second?: number;
    concurrent?: number;
  };
  /** Seconds; the dialect's where absent. */
  timeout?: number;
  /** Whether the endpoint rests. PATCH active: true makes it get everything at once. */
  circuit: {
    /** open: the endpoint fails again and again, and its deliveries wait. draining: it is well again, and what waited is sent. */
    state: "closed" | "open" | "draining";
    /** Failed attempts in a row. */
    failures?: number;
    /** When the first of them ended. */
    failing_since?: string;
    /** When a waiting delivery is tried next. */
    next_probe_at?: string;
  };
  alerts?: {
    email: string[];
    /** `no_sender`: alerts are off, since this deployment has nobody to send mails as. */
    status: "on" | "no_sender";
    /** Addresses that were taken off. Setting one again puts it back. */
    stopped?: ({
      email: string;
      reason: "unsubscribed" | "bounced" | "complained";
      at: string;
    })[];
    /** Addresses that the last mail could not be sent to, and why. The next one is tried again; one that goes through ends this. */
    refused?: {
      email: string;
      reason: string;
      at: string;
    }[];
  };
  /** Why the platform switched it off. */
  disabled_reason?: string;
  headers?: Record<string, string>;
  auth?: {
    header: {
      name: string;
      value: string;
    };
  } | {
    openIdConnect: {
      issuer?: string;
      tokenUrl?: string;
      clientId: string;
      clientSecret: string;
      scope?: string;
    };
  };
  signing?: "ed25519";
  /** What an ed25519 signature is verified by. */
  public_key?: string;
  /** What the receiver verifies with. */
  secret?: string;
};

/** An endpoint, without its secrets. */
export type Webhook = {
  id: string;
  url: string;
  events: string[];
  active: boolean;
  created_at: string;
  updated_at: string;
  /** It gets operational events, and nothing else. */
  operational?: true;
  filters?: Record<string, (string | number | boolean | null)[]>;
  description?: string;
  metadata?: Record<string, string>;
  api_version?: string;
  /** What it takes at most; no limit where absent. */
  rate_limit?: {
    per_second?: number;
    concurrent?: number;
  };
  /** Seconds; the dialect's where absent. */
  timeout?: number;
  /** Whether the endpoint rests. PATCH active: true makes it get everything at once. */
  circuit: {
    /** open: the endpoint fails again and again, and its deliveries wait. draining: it is well again, and what waited is sent. */
    state: "closed" | "open" | "draining";
    /** Failed attempts in a row. */
    failures?: number;
    /** When the first of them ended. */
    failing_since?: string;
    /** When a waiting delivery is tried next. */
    next_probe_at?: string;
  };
  alerts?: {
    email: string[];
    /** `no_sender`: alerts are off, since this deployment has nobody to send mails as. */
    status: "on" | "no_sender";
    /** Addresses that were taken off. Setting one again puts it back. */
    stopped?: ({
      email: string;
      reason: "unsubscribed" | "bounced" | "complained";
      at: string;
    })[];
    /** Addresses that the last mail could not be sent to, and why. The next one is tried again; one that goes through ends this. */
    refused?: {
      email: string;
      reason: string;
      at: string;
    }[];
  };
  /** Why the platform switched it off. */
  disabled_reason?: string;
  headers?: Record<string, string>;
  auth?: {
    header: {
      name: string;
      value: string;
    };
  } | {
    openIdConnect: {
      issuer?: string;
      tokenUrl?: string;
      clientId: string;
      clientSecret: string;
      scope?: string;
    };
  };
  signing?: "ed25519";
  /** What an ed25519 signature is verified by. */
  public_key?: string;
};

/** An endpoint, without its secrets, and how it does. Lists leave out how it does. */
export type WebhookDetails = {
  id: string;
  url: string;
  events: string[];
  active: boolean;
  created_at: string;
  updated_at: string;
  /** It gets operational events, and nothing else. */
  operational?: true;
  filters?: Record<string, (string | number | boolean | null)[]>;
  description?: string;
  metadata?: Record<string, string>;
  api_version?: string;
  /** What it takes at most; no limit where absent. */
  rate_limit?: {
    per_second?: number;
    concurrent?: number;
  };
  /** Seconds; the dialect's where absent. */
  timeout?: number;
  /** Whether the endpoint rests. PATCH active: true makes it get everything at once. */
  circuit: {
    /** open: the endpoint fails again and again, and its deliveries wait. draining: it is well again, and what waited is sent. */
    state: "closed" | "open" | "draining";
    /** Failed attempts in a row. */
    failures?: number;
    /** When the first of them ended. */
    failing_since?: string;
    /** When a waiting delivery is tried next. */
    next_probe_at?: string;
  };
  alerts?: {
    email: string[];
    /** `no_sender`: alerts are off, since this deployment has nobody to send mails as. */
    status: "on" | "no_sender";
    /** Addresses that were taken off. Setting one again puts it back. */
    stopped?: ({
      email: string;
      reason: "unsubscribed" | "bounced" | "complained";
      at: string;
    })[];
    /** Addresses that the last mail could not be sent to, and why. The next one is tried again; one that goes through ends this. */
    refused?: {
      email: string;
      reason: string;
      at: string;
    }[];
  };
  /** Why the platform switched it off. */
  disabled_reason?: string;
  headers?: Record<string, string>;
  auth?: {
    header: {
      name: string;
      value: string;
    };
  } | {
    openIdConnect: {
      issuer?: string;
      tokenUrl?: string;
      clientId: string;
      clientSecret: string;
      scope?: string;
    };
  };
  signing?: "ed25519";
  /** What an ed25519 signature is verified by. */
  public_key?: string;
  /** When an attempt succeeded last. */
  last_success_at?: string;
  /** When an attempt failed last. */
  last_failure_at?: string;
  /** Successes by attempts of this hour and the 23 before it, a minute or two late; absent where there was none. */
  success_rate_24h?: number;
};

export type Event = {
  id: string;
  tenant_id: string;
  type: string;
  /** The producer's data, digit by digit. */
  data: unknown;
  /** Where the producer said so. */
  occurred_at?: string;
  /** When it was accepted. */
  created_at: string;
};

/** One event to one endpoint, with all its attempts. */
export type Delivery = {
  id: string;
  event_id: string;
  webhook_id: string;
  event_type: string;
  status: "pending" | "retrying" | "success" | "failed" | "discarded";
  /** The last attempt's HTTP status. */
  status_code?: number;
  /** Attempts made so far. */
  attempts: number;
  /** How long the last attempt took. */
  duration_ms?: number;
  attempted_at?: string;
  delivered_at?: string;
  next_attempt_at?: string;
  /** Whether it waits until the endpoint, which rests, gets through again. */
  waiting?: boolean;
  /** Why the last attempt failed. */
  error?: string;
  /** Whether a test event made it. */
  test?: boolean;
};

/** A delivery with its attempts. */
export type DeliveryDetails = {
  id: string;
  event_id: string;
  webhook_id: string;
  event_type: string;
  status: "pending" | "retrying" | "success" | "failed" | "discarded";
  /** The last attempt's HTTP status. */
  status_code?: number;
  /** Attempts made so far. */
  attempts: number;
  /** How long the last attempt took. */
  duration_ms?: number;
  attempted_at?: string;
  delivered_at?: string;
  next_attempt_at?: string;
  /** Whether it waits until the endpoint, which rests, gets through again. */
  waiting?: boolean;
  /** Why the last attempt failed. */
  error?: string;
  /** Whether a test event made it. */
  test?: boolean;
  /** The exact body that the endpoint is sent, in all attempts; null once the event has expired. */
  body: string | null;
  /** SHA-256 of `body`, hex. */
  body_sha256: string | null;
  /** The latest 100 attempts at most, oldest first; fewer where they are too long for one answer, 4 MB. `attempts` counts all of them. */
  attempt_log: Attempt[];
};

/** One HTTP request. */
export type Attempt = {
  /** Counted from 1, resends included. */
  attempt: number;
  /** Whether a person asked for it. */
  resend?: boolean;
  started_at: string;
  duration_ms: number;
  status_code?: number;
  error?: string;
  request: {
    url: string;
    /** As sent, with credentials hidden. */
    headers: Record<string, string>;
    /** Of the body that was sent: the delivery's own where the two are equal. They differ where the endpoint's `api_version`, which stands in the envelopes of `arken`, was changed since. */
    body_sha256: string;
  };
  /** What the endpoint answered; the beginning of its body. */
  response?: {
    headers: Record<string, string>;
    body: string;
    truncated: boolean;
  };
};

/** Work on many deliveries of an endpoint, in the background. */
export type Task = {
  id: string;
  kind: "recover" | "send_missed";
  webhook_id: string;
  since: string;
  until: string;
  /** `stopped`: it could not go on, and `reason` says why. */
  status: "running" | "done" | "stopped";
  /** E.g. `The webhook was disabled.` */
  reason?: string;
  /** Deliveries that were queued, each for a whole schedule; what comes of them, they show themselves. */
  done: number;
  /** Not looked at yet; null while that is being counted. */
  left: number | null;
  /** Could not be queued, since the event is kept no longer. */
  failed: number;
  /** Events that the endpoint has had, or does not want by its types and filters. */
  skipped: number;
  created_at: string;
  updated_at: string;
  finished_at?: string;
};

export type Subscription = {
  id: string;
  accountHashId: string;
  url: string;
  apiVersion: string | null;
};

export type ArkenEvent = {
  eventId?: string;
  accountHashId?: string;
  category?: string;
  type?: string;
  occurredAt?: string;
  /** An endpoint's, so there is none here. */
  apiVersion?: null;
  data?: unknown;
  callback?: {
    method: string;
    url: string;
  };
};

export type WebhookSecret = {
  webhook_id: string;
  /** What receivers verify with; absent for ed25519. */
  secret?: string;
  /** What an ed25519 signature is verified by. */
  public_key?: string;
  /** Older ones that still sign, oldest first. */
  previous: {
    secret?: string;
    public_key?: string;
    expires_at: string;
  }[];
};

/** Counts of attempts and of deliveries that ended; tests are not counted. */
export type Stats = {
  from: string;
  to: string;
  step: "hour" | "day";
  /** The first hour that statistics are kept of. What was asked for before it is left out. */
  kept_since: string;
  total: {
    /** Requests made. */
    attempts: number;
    /** Attempts that were answered 2xx. */
    successes: number;
    /** Successes by attempts; absent where there was no attempt. */
    success_rate?: number;
    /** Attempts that failed, by the class of their status or by why there was no answer. */
    failures: {
      "3xx": number;
      "4xx": number;
      "5xx": number;
      timeout: number;
      connection: number;
      tls: number;
      dns: number;
      other: number;
    };
    /** Deliveries that ended, by how. */
    deliveries: {
      succeeded: number;
      failed: number;
      discarded: number;
    };
    /** How long answers took, within 1 %; absent where there was no answer. */
    latency_ms?: {
      p50: number;
      p90: number;
      p95: number;
      p99: number;
    };
  };
  points: {
    /** Requests made. */
    attempts: number;
    /** Attempts that were answered 2xx. */
    successes: number;
    /** Successes by attempts; absent where there was no attempt. */
    success_rate?: number;
    /** Attempts that failed, by the class of their status or by why there was no answer. */
    failures: {
      "3xx": number;
      "4xx": number;
      "5xx": number;
      timeout: number;
      connection: number;
      tls: number;
      dns: number;
      other: number;
    };
    /** Deliveries that ended, by how. */
    deliveries: {
      succeeded: number;
      failed: number;
      discarded: number;
    };
    /** How long answers took, within 1 %; absent where there was no answer. */
    latency_ms?: {
      p50: number;
      p90: number;
      p95: number;
      p99: number;
    };
    /** The beginning of the step. */
    at: string;
  }[];
};

export type Document = {
  /** Its hash id. */
  id: string;
  path: string;
  file_name: string;
  size: number;
  content_type: string;
  version: string;
  etag: string;
  uploaded_at: string;
};

/** Send the fields as multipart/form-data, and the file as the last one, `file`. */
export type DocumentUpload = {
  url: string;
  method: "POST";
  fields: Record<string, string>;
  max_size: number;
  expires_at: string;
};

export type DocumentDetails = {
  documentHashId: string;
  fileName: string;
  /** Bytes. */
  size: number;
  contentType: string;
  version: string;
  uploadedAt: string;
  etag: string;
};

export type DocumentLocation = {
  /** A GET there, without any key, answers the bytes. */
  url: string;
  expiresAt: string;
};

export class EventsResource {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** List events, newest first; or with `after` read them with their data, oldest first */
  async list(query?: { limit?: number; cursor?: string; tenant_id?: string; type?: string; from?: string; to?: string; after?: string }, options?: CallOptions): Promise<{
  events: ListedEvent[];
  /** The `cursor` of the next page; null on the last one. */
  next_cursor: string | null;
}> {
    return this.#call('GET', `/v1/events`, { query }, options);
  }

  /** Read an event */
  async get(id: string, query?: { tenant_id?: string }, options?: CallOptions): Promise<Event> {
    return this.#call('GET', `/v1/events/${pathPart(id)}`, { query }, options);
  }

  /** List an event's deliveries, by endpoint */
  async listDeliveries(id: string, query?: { limit?: number; cursor?: string; tenant_id?: string; status?: "pending" | "retrying" | "success" | "failed" | "discarded"; event_type?: string; test?: "true" | "false"; from?: string; to?: string }, options?: CallOptions): Promise<{
  deliveries: Delivery[];
  /** The `cursor` of the next page; null on the last one. */
  next_cursor: string | null;
  /** The `cursor` of the page before; null on the first one. */
  prev_cursor: string | null;
}> {
    return this.#call('GET', `/v1/events/${pathPart(id)}/deliveries`, { query }, options);
  }
}

export class TenantsResource {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** List tenants */
  async list(query?: { limit?: number; cursor?: string }, options?: CallOptions): Promise<{
  tenants: Tenant[];
  /** The `cursor` of the next page; null on the last one. */
  next_cursor: string | null;
}> {
    return this.#call('GET', `/v1/tenants`, { query }, options);
  }

  /** Create a tenant */
  async create(body: {
  /** Made here where it is absent. */
  id?: string;
  name: string;
  /** How its webhooks look, are signed and are retried. */
  dialect: string;
  /** `strict`: publishing refuses data that does not fit its type's schema. */
  validate?: "strict" | "off";
  /** Days that deliveries are kept and events listed; at most the platform's, which they are by default. Events stay a week longer. */
  retention_days?: number;
}, options?: CallOptions): Promise<Tenant> {
    return this.#call('POST', `/v1/tenants`, { body }, options);
  }

  /** Read a tenant */
  async get(id: string, options?: CallOptions): Promise<Tenant> {
    return this.#call('GET', `/v1/tenants/${pathPart(id)}`, {}, options);
  }

  /** Change a tenant by a JSON merge patch */
  async update(id: string, body?: {
  name?: string;
  status?: "active" | "disabled";
  validate?: "strict" | "off" | null;
  retention_days?: number | null;
}, options?: CallOptions): Promise<Tenant> {
    return this.#call('PATCH', `/v1/tenants/${pathPart(id)}`, { body }, options);
  }

  /** Delete a tenant with everything that it owns */
  async delete(id: string, options?: CallOptions): Promise<Tenant | undefined> {
    return this.#call('DELETE', `/v1/tenants/${pathPart(id)}`, {}, options);
  }

  /** List API keys, oldest first, without their secrets */
  async listApiKeys(id: string, query?: { limit?: number; cursor?: string }, options?: CallOptions): Promise<{
  keys: ApiKey[];
  /** The `cursor` of the next page; null on the last one. */
  next_cursor: string | null;
}> {
    return this.#call('GET', `/v1/tenants/${pathPart(id)}/api-keys`, { query }, options);
  }

  /** Create an API key; its secret is shown here and nowhere else */
  async createApiKey(id: string, body: {
  scope: "tenant" | "publish";
  name?: string;
}, options?: CallOptions): Promise<NewApiKey> {
    return this.#call('POST', `/v1/tenants/${pathPart(id)}/api-keys`, { body }, options);
  }

  /** Revoke an API key */
  async deleteApiKey(id: string, keyId: string, options?: CallOptions): Promise<void> {
    return this.#call('DELETE', `/v1/tenants/${pathPart(id)}/api-keys/${pathPart(keyId)}`, {}, options);
  }

  /** Read the statistics of all of a tenant's endpoints together */
  async listStats(id: string, query?: { from?: string; to?: string; step?: "hour" | "day" }, options?: CallOptions): Promise<Stats> {
    return this.#call('GET', `/v1/tenants/${pathPart(id)}/stats`, { query }, options);
  }
}

export class OperatorKeysResource {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** List operators' keys, oldest first, without their secrets */
  async list(query?: { limit?: number; cursor?: string }, options?: CallOptions): Promise<{
  keys: ApiKey[];
  /** The `cursor` of the next page; null on the last one. */
  next_cursor: string | null;
}> {
    return this.#call('GET', `/v1/operator-keys`, { query }, options);
  }

  /** Create an operator's key; its secret is shown here and nowhere else */
  async create(body?: {
  name?: string;
}, options?: CallOptions): Promise<NewApiKey> {
    return this.#call('POST', `/v1/operator-keys`, { body }, options);
  }

  /** Revoke an operator's key */
  async delete(keyId: string, options?: CallOptions): Promise<void> {
    return this.#call('DELETE', `/v1/operator-keys/${pathPart(keyId)}`, {}, options);
  }
}

export class PortalLinksResource {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** Create a portal link: a short-lived token for a tenant's dashboard */
  async create(body?: {
  tenant_id?: string;
  /** Seconds. */
  expires_in?: number;
}, options?: CallOptions): Promise<PortalLink> {
    return this.#call('POST', `/v1/portal-links`, { body }, options);
  }

  /** Revoke a portal link */
  async delete(id: string, query?: { tenant_id?: string }, options?: CallOptions): Promise<void> {
    return this.#call('DELETE', `/v1/portal-links/${pathPart(id)}`, { query }, options);
  }
}

export class EventTypesResource {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** List event types by name, archived ones too: the dialect's catalogue, or what the tenant declared */
  async list(query?: { limit?: number; cursor?: string; tenant_id?: string }, options?: CallOptions): Promise<{
  event_types: EventType[];
  /** The `cursor` of the next page; null on the last one. */
  next_cursor: string | null;
}> {
    return this.#call('GET', `/v1/event-types`, { query }, options);
  }

  /** Declare an event type */
  async create(body: NewEventType, options?: CallOptions): Promise<EventType> {
    return this.#call('POST', `/v1/event-types`, { body }, options);
  }

  /** Read an event type */
  async get(type: string, query?: { tenant_id?: string }, options?: CallOptions): Promise<EventType> {
    return this.#call('GET', `/v1/event-types/${pathPart(type)}`, { query }, options);
  }

  /** Change or archive an event type by a JSON merge patch */
  async update(type: string, body?: EventTypePatch, query?: { tenant_id?: string }, options?: CallOptions): Promise<EventType> {
    return this.#call('PATCH', `/v1/event-types/${pathPart(type)}`, { body, query }, options);
  }

  /** Delete an event type that is archived */
  async delete(type: string, query?: { tenant_id?: string }, options?: CallOptions): Promise<void> {
    return this.#call('DELETE', `/v1/event-types/${pathPart(type)}`, { query }, options);
  }
}

export class WebhooksResource {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** List endpoints, oldest first */
  async list(query?: { limit?: number; cursor?: string; tenant_id?: string }, options?: CallOptions): Promise<{
  webhooks: Webhook[];
  /** The `cursor` of the next page; null on the last one. */
  next_cursor: string | null;
}> {
    return this.#call('GET', `/v1/webhooks`, { query }, options);
  }

  /** Create an endpoint; its secret is shown here */
  async create(body: WantedWebhook, options?: CallOptions): Promise<NewWebhook> {
    return this.#call('POST', `/v1/webhooks`, { body }, options);
  }

  /** Read an endpoint */
  async get(id: string, query?: { tenant_id?: string }, options?: CallOptions): Promise<WebhookDetails> {
    return this.#call('GET', `/v1/webhooks/${pathPart(id)}`, { query }, options);
  }

  /** Change an endpoint by a JSON merge patch: null removes, absent keeps; a new secret is shown here */
  async update(id: string, body?: WebhookPatch, query?: { tenant_id?: string }, options?: CallOptions): Promise<NewWebhook> {
    return this.#call('PATCH', `/v1/webhooks/${pathPart(id)}`, { body, query }, options);
  }

  /** Delete an endpoint; what waits for it is discarded */
  async delete(id: string, query?: { tenant_id?: string }, options?: CallOptions): Promise<void> {
    return this.#call('DELETE', `/v1/webhooks/${pathPart(id)}`, { query }, options);
  }

  /** List an endpoint's deliveries, newest event first */
  async listDeliveries(id: string, query?: { limit?: number; cursor?: string; tenant_id?: string; status?: "pending" | "retrying" | "success" | "failed" | "discarded"; event_type?: string; test?: "true" | "false"; from?: string; to?: string }, options?: CallOptions): Promise<{
  deliveries: Delivery[];
  /** The `cursor` of the next page; null on the last one. */
  next_cursor: string | null;
  /** The `cursor` of the page before; null on the first one. */
  prev_cursor: string | null;
}> {
    return this.#call('GET', `/v1/webhooks/${pathPart(id)}/deliveries`, { query }, options);
  }

  /** Send a test event to an endpoint, named in the body */
  async sendTest(body: {
  webhookId: string;
  /** Its type: of the dialect, of those that the tenant declared where it did, or any. Chosen among those that the endpoint wants, where absent. */
  event?: string;
  /** The event's data; the type's example where absent. It is checked against no schema. The example of a file event asks for a call of this deployment, of a document that is not there (404). */
  data?: Record<string, unknown>;
  tenant_id?: string;
}, options?: CallOptions): Promise<Delivery> {
    return this.#call('POST', `/v1/webhooks/test`, { body }, options);
  }

  /** Send a test event to an endpoint; without a body, the catalogue's example */
  async test(id: string, body?: {
  /** Its type: of the dialect, of those that the tenant declared where it did, or any. Chosen among those that the endpoint wants, where absent. */
  event?: string;
  /** The event's data; the type's example where absent. It is checked against no schema. The example of a file event asks for a call of this deployment, of a document that is not there (404). */
  data?: Record<string, unknown>;
  tenant_id?: string;
}, query?: { tenant_id?: string }, options?: CallOptions): Promise<Delivery> {
    return this.#call('POST', `/v1/webhooks/${pathPart(id)}/test`, { body, query }, options);
  }

  /** Deliver again, in the background, everything that failed of an endpoint's since a time */
  async recover(id: string, body: {
  /** Events that were accepted at this time or later. */
  since: string;
  /** Events that were accepted before this time; by default, before this call. */
  until?: string;
  tenant_id?: string;
}, query?: { tenant_id?: string }, options?: CallOptions): Promise<Task> {
    return this.#call('POST', `/v1/webhooks/${pathPart(id)}/recover`, { body, query }, options);
  }

  /** Deliver, in the background, the events since a time that an endpoint never got */
  async sendMissed(id: string, body: {
  /** Events that were accepted at this time or later. */
  since: string;
  /** Events that were accepted before this time; by default, before this call. */
  until?: string;
  tenant_id?: string;
}, query?: { tenant_id?: string }, options?: CallOptions): Promise<Task> {
    return this.#call('POST', `/v1/webhooks/${pathPart(id)}/send-missed`, { body, query }, options);
  }

  /** Reveal an endpoint's secret */
  async getSecret(id: string, query?: { tenant_id?: string }, options?: CallOptions): Promise<WebhookSecret> {
    return this.#call('GET', `/v1/webhooks/${pathPart(id)}/secret`, { query }, options);
  }

  /** Replace an endpoint's secret, with an overlap */
  async rotateSecret(id: string, body?: {
  /** The tenant's own; made here where absent. */
  secret?: string;
  /** How long the old one goes on signing. */
  overlap_hours?: number;
}, query?: { tenant_id?: string }, options?: CallOptions): Promise<WebhookSecret> {
    return this.#call('POST', `/v1/webhooks/${pathPart(id)}/rotate-secret`, { body, query }, options);
  }

  /** Read an endpoint's statistics */
  async listStats(id: string, query?: { from?: string; to?: string; step?: "hour" | "day"; tenant_id?: string }, options?: CallOptions): Promise<Stats> {
    return this.#call('GET', `/v1/webhooks/${pathPart(id)}/stats`, { query }, options);
  }
}

export class DeliveriesResource {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** Read a delivery with its attempts, the exact body included */
  async get(id: string, query?: { tenant_id?: string }, options?: CallOptions): Promise<DeliveryDetails> {
    return this.#call('GET', `/v1/deliveries/${pathPart(id)}`, { query }, options);
  }

  /** Make one more attempt now; the automatic schedule stays as it is */
  async resend(id: string, query?: { tenant_id?: string }, options?: CallOptions): Promise<Delivery> {
    return this.#call('POST', `/v1/deliveries/${pathPart(id)}/resend`, { query }, options);
  }
}

export class TasksResource {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** List tasks, newest first */
  async list(query?: { limit?: number; cursor?: string; tenant_id?: string; webhook_id?: string }, options?: CallOptions): Promise<{
  tasks: Task[];
  /** The `cursor` of the next page; null on the last one. */
  next_cursor: string | null;
}> {
    return this.#call('GET', `/v1/tasks`, { query }, options);
  }

  /** Read a task: what is done, left and failed */
  async get(id: string, query?: { tenant_id?: string }, options?: CallOptions): Promise<Task> {
    return this.#call('GET', `/v1/tasks/${pathPart(id)}`, { query }, options);
  }
}

export class MetaResource {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** List the addresses that requests to endpoints come from */
  async getIps(options?: CallOptions): Promise<{
  ips: string[];
  /** Why there are none. */
  reason?: string;
}> {
    return this.#call('GET', `/v1/meta/ips`, {}, options);
  }
}

export class BusinessesResource {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** Set up a business's one webhook, as the arky guide's updateBusiness does */
  async update(id: string, body: {
  /** The guide's client sends it here too. */
  id?: string;
  settings: {
    /** Begins with `https://`; without credentials, fragment and white space, and not this API's own host. Addresses that are not public are not called. */
    webhookUrl?: string;
    /** The tenant's own; made here where absent. In `standard` it is `whsec_` and the base64 of 24 to 64 bytes, elsewhere 8 to 256 visible characters of ASCII. `arken` has none, and `ed25519` none of the tenant's own. */
    webhookSecret?: string;
    webhookEvents?: string[];
  };
}, options?: CallOptions): Promise<{
  id: string;
  settings: {
    webhookUrl: string;
    webhookEvents: string[];
    /** Where this call made or changed it. */
    webhookSecret?: string;
  };
  /** The webhook, for the other calls. */
  webhook_id: string;
  /** Whether the webhook gets anything. */
  active: boolean;
}> {
    return this.#call('PATCH', `/v1/businesses/${pathPart(id)}`, { body }, options);
  }

  /** Send a test event to a business's webhook, as the arky guide's testWebhook does */
  async webhooksTest(id: string, body: {
  /** The guide's client sends it here too. */
  businessId?: string;
  event: string;
}, options?: CallOptions): Promise<Delivery> {
    return this.#call('POST', `/v1/businesses/${pathPart(id)}/webhooks/test`, { body }, options);
  }
}

export class EventResource {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** List an account's subscriptions, oldest first */
  async listSubscriptions(query?: { limit?: number; cursor?: string; accountHashId?: string }, options?: CallOptions): Promise<{
  subscriptions: Subscription[];
  /** The `cursor` of the next page; null on the last one. */
  next_cursor: string | null;
}> {
    return this.#call('GET', `/Event/Subscription`, { query }, options);
  }

  /** Subscribe an account to its events, as the arken guide describes */
  async createSubscription(body: {
  accountHashId: string;
  /** Begins with `https://`; without credentials, fragment and white space, and not this API's own host. Addresses that are not public are not called. */
  url: string;
  apiVersion?: string | number | null;
  security: {
    header?: {
      name: string;
      value: string;
    };
    openIdConnect?: {
      issuer?: string;
      tokenUrl?: string;
      clientId: string;
      clientSecret: string;
      scope?: string;
    };
  };
}, options?: CallOptions): Promise<Subscription> {
    return this.#call('POST', `/Event/Subscription`, { body }, options);
  }

  /** Read a subscription */
  async getSubscription(id: string, query?: { accountHashId?: string }, options?: CallOptions): Promise<Subscription> {
    return this.#call('GET', `/Event/Subscription/${pathPart(id)}`, { query }, options);
  }

  /** Delete a subscription; what waits for it is discarded */
  async deleteSubscription(id: string, query?: { accountHashId?: string }, options?: CallOptions): Promise<void> {
    return this.#call('DELETE', `/Event/Subscription/${pathPart(id)}`, { query }, options);
  }

  /** List an account's events as its endpoints get them, newest first, to reconcile missed ones */
  async list(query?: { limit?: number; cursor?: "" | string; accountHashId?: string; from?: "" | string; to?: "" | string; category?: "" | string; type?: "" | string }, options?: CallOptions): Promise<{
  events: ArkenEvent[];
  /** The `cursor` of the next page; null on the last one. */
  next_cursor: string | null;
}> {
    return this.#call('GET', `/Event`, { query }, options);
  }

  /** Read an event as endpoints get it */
  async get(eventId: string, query?: { accountHashId?: string }, options?: CallOptions): Promise<ArkenEvent> {
    return this.#call('GET', `/Event/${pathPart(eventId)}`, { query }, options);
  }
}

export class DocumentsResource {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** List documents, the latest uploads first; or by path with `prefix` */
  async list(query?: { limit?: number; cursor?: string; tenant_id?: string; prefix?: string; from?: string; to?: string }, options?: CallOptions): Promise<{
  documents: Document[];
  /** The `cursor` of the next page; null on the last one. */
  next_cursor: string | null;
}> {
    return this.#call('GET', `/v1/documents`, { query }, options);
  }

  /** Get a form by which a client without AWS keys uploads a document */
  async create(body: {
  tenant_id?: string;
  /** Names joined by slashes; the last one is the file name. */
  path: string;
  content_type?: string;
  /** Bytes; S3 refuses a larger file. */
  max_size?: number;
  /** Seconds. */
  expires_in?: number;
}, options?: CallOptions): Promise<DocumentUpload> {
    return this.#call('POST', `/v1/documents`, { body }, options);
  }
}

export class DocumentResource {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** Read a document's details: the call that its events ask for */
  async get(documentHashId: string, query?: { accountHashId?: string; version?: string }, options?: CallOptions): Promise<DocumentDetails> {
    return this.#call('GET', `/Document/${pathPart(documentHashId)}`, { query }, options);
  }

  /** Get a short-lived link to a document's bytes */
  async getLocation(documentHashId: string, query?: { accountHashId?: string; version?: string; expiresIn?: number }, options?: CallOptions): Promise<DocumentLocation> {
    return this.#call('GET', `/Document/${pathPart(documentHashId)}/Location`, { query }, options);
  }
}

/** Every resource of the API. */
export class Resources {
  readonly events: EventsResource;
  readonly tenants: TenantsResource;
  readonly operatorKeys: OperatorKeysResource;
  readonly portalLinks: PortalLinksResource;
  readonly eventTypes: EventTypesResource;
  readonly webhooks: WebhooksResource;
  readonly deliveries: DeliveriesResource;
  readonly tasks: TasksResource;
  readonly meta: MetaResource;
  readonly businesses: BusinessesResource;
  readonly event: EventResource;
  readonly documents: DocumentsResource;
  readonly document: DocumentResource;

  constructor(call: Call) {
    this.events = new EventsResource(call);
    this.tenants = new TenantsResource(call);
    this.operatorKeys = new OperatorKeysResource(call);
    this.portalLinks = new PortalLinksResource(call);
    this.eventTypes = new EventTypesResource(call);
    this.webhooks = new WebhooksResource(call);
    this.deliveries = new DeliveriesResource(call);
    this.tasks = new TasksResource(call);
    this.meta = new MetaResource(call);
    this.businesses = new BusinessesResource(call);
    this.event = new EventResource(call);
    this.documents = new DocumentsResource(call);
    this.document = new DocumentResource(call);
  }
}
