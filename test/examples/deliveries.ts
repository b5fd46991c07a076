import type { DialectName } from '../../client/received-events.ts';
import { DIALECTS } from '../../core/dialects/index.ts';
import { signRequest } from '../../core/sign.ts';
import { vectorOf } from '../fixtures/vectors.ts';

/** A request of the platform to a receiver. */
export interface Sent {
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A dialect's vector as it would be sent now, and the same with one character of its body changed. */
export function makeDelivery(dialect: DialectName): { right: Sent; tampered: Sent; secret: string } {
  const { secret, body } = vectorOf(dialect);
  const headers = {
    'Content-Type': 'application/json',
    ...signRequest(DIALECTS[dialect], {
      eventId: 'msg_example',
      timestamp: Math.floor(Date.now() / 1000),
      body,
      secrets: [{ kind: 'hmac', value: secret }],
    }),
  };
  return {
    right: { headers, body },
    tampered: { headers, body: body.replace(/(\d)(\D*)$/, '0$2 ') },
    secret,
  };
}
