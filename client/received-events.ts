/** The bodies that receivers get, by dialect; `data` is the producer's. Times are in the envelope's own form. */
export interface ReceivedEvents {
  arka: { id: string; type: string; created: number; data: unknown; account_id: string };
  arky: { id: string; event: string; timestamp: number; businessId: string; data: unknown };
  promptha: { event: string; data: { eventId: string; [member: string]: unknown }; timestamp: number };
  generic: { id: string; type: string; created_at: string; data: unknown };
  arken: {
    eventId: string;
    accountHashId: string;
    category: string;
    type: string;
    occurredAt: string;
    apiVersion: string | null;
    data: unknown;
    callback?: { method: string; url: string };
  };
  /** The event's id is in the header `webhook-id`. */
  standard: { type: string; timestamp: string; data: unknown };
}

export type DialectName = keyof ReceivedEvents;
