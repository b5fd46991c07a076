import type { EndpointChange, Notice } from '../../core/notice.ts';
import { AwsError, acceptMessages, type FakeAws, type Input } from './fake-aws.ts';
import { applyUpdate, holds } from './fake-expressions.ts';

/** The settings that the stack gives the alerts function. */
export const ALERT_ENVIRONMENT = {
  ALERT_SENDER: 'alerts@posthorn.example',
  ALERT_CONFIGURATION_SET: 'set-1',
  ALERT_GATHER_SECONDS: '30',
  LINK_KEY_SECRET_ID: 'link-key',
  OPERATIONAL_BUS: 'operational',
  API_URL: 'https://api.example.com',
  DASHBOARD_URL: 'https://dash.example.com/{tenant}/{webhook}',
};

const LINK_KEY = 'l'.repeat(48);

/** What the alerts function reads and writes, in memory and with the conditions it relies on. */
export class FakeAlerts {
  readonly items = new Map<string, Input>();
  /** Stored events, by tenant. */
  readonly events: {
    readonly tenantId: string;
    readonly id: string;
    readonly type: string;
    readonly data: Input;
  }[] = [];
  readonly mails: Input[] = [];
  readonly onBus: Input[] = [];
  readonly queued: { readonly notice: Notice; readonly delay: number; readonly arrivesAt: number }[] = [];

  constructor(aws: FakeAws) {
    aws.on('GetSecretValue', ({ SecretId }) => ({
      SecretString: SecretId === 'link-key' ? LINK_KEY : 'operator',
    }));
    aws.on('GetItem', ({ Key }) => ({ Item: this.items.get(keyOf(Key)) }));
    aws.on('BatchGetItem', ({ RequestItems }) => ({
      Responses: {
        directory: RequestItems.directory.Keys.flatMap((key: Input) => this.items.get(keyOf(key)) ?? []),
      },
      UnprocessedKeys: {},
    }));
    aws.on('Query', ({ ExpressionAttributeValues: values }) => ({
      Items: [...this.items.values()].filter(
        ({ pk, sk }) => pk.S === values[':tenant'].S && sk.S.startsWith(values[':kind'].S),
      ),
    }));
    aws.on('PutItem', (input) =>
      input.TableName === 'events' ? this.#putEvent(input) : this.#putState(input),
    );
    aws.on('UpdateItem', (input) => this.#update(input));
    aws.on('POST /v2/email/outbound-emails', (mail) => {
      this.mails.push(mail);
      return { MessageId: '1' };
    });
    aws.on('PutEvents', ({ Entries }) => {
      this.onBus.push(...Entries);
      return { FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: '1' })) };
    });
    aws.on('SendMessageBatch', (input) => {
      // A turn of a circuit is another queue's.
      const isOurs = input.QueueUrl === process.env.NOTICE_QUEUE_URL;
      for (const { MessageBody, DelaySeconds = 0 } of isOurs ? input.Entries : [])
        this.queued.push({
          notice: JSON.parse(MessageBody),
          delay: DelaySeconds,
          arrivesAt: Date.now() + 1_000 * DelaySeconds,
        });
      return acceptMessages(input);
    });
  }

  put(item: Input): void {
    this.items.set(keyOf(item), item);
  }

  endpoint(tenantId: string, id: string, more: Input = {}): void {
    this.put({
      pk: { S: `TENANT#${tenantId}` },
      sk: { S: `ENDPOINT#${id}` },
      dialect: { S: 'standard' },
      url: { S: 'https://hooks.example.com/in' },
      events: { L: [{ S: '*' }] },
      active: { BOOL: true },
      created_at: { N: '1' },
      updated_at: { N: '1' },
      ...more,
    });
  }

  #putEvent({ Item }: Input): undefined {
    const [tenantId, id] = Item.pk.S.split('#');
    if (this.events.some((event) => event.tenantId === tenantId && event.id === id)) {
      throw new AwsError('ConditionalCheckFailedException', 'there', { Item });
    }
    this.events.push({ tenantId, id, type: Item.y.S, data: Item.op });
  }

  #putState({ Item, ConditionExpression, ExpressionAttributeValues: values }: Input): undefined {
    const read = this.items.get(keyOf(Item))?.revision?.N;
    const wanted = ConditionExpression.startsWith('attribute_not_exists') ? undefined : values[':read'].N;
    if (read !== wanted) throw new AwsError('ConditionalCheckFailedException');
    this.put(Item);
  }

  #update(call: Input): object {
    const item = this.items.get(keyOf(call.Key));
    if (!holds(call.ConditionExpression, item, call))
      throw new AwsError('ConditionalCheckFailedException', 'refused', { Item: item });
    const changed = applyUpdate(item ?? call.Key, call);
    this.put(changed);
    return call.ReturnValues === 'ALL_NEW' ? { Attributes: changed } : {};
  }
}

function keyOf({ pk, sk }: Input): string {
  return `${pk.S} ${sk?.S}`;
}

/** Addresses that are told, as an endpoint's item has them. */
export const emails = (...addresses: string[]) => ({ alert_emails: { L: addresses.map((S) => ({ S })) } });

/** Changes that stand on an endpoint, as its item has them. */
export const changes = (...list: EndpointChange[]) => ({
  changes: { L: list.map((change) => ({ S: JSON.stringify(change) })) },
});
