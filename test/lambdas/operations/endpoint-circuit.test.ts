import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readTurn } from '../../../lambdas/adapters/circuit-queue.ts';
import { fromItem } from '../../../lambdas/adapters/endpoint-items.ts';
import { handler } from '../../../lambdas/manage.ts';
import { callApi } from '../api.ts';
import { type FakeAws, startFakeAws } from '../fake-aws.ts';
import { FakeDirectory, tenantItem } from '../fake-directory.ts';

let aws: FakeAws;
let directory: FakeDirectory;
let id: string;

beforeAll(async () => {
  aws = await startFakeAws();
  process.env.FAN_OUT_QUEUE_URL = `${process.env.AWS_ENDPOINT_URL}/000000000000/fan-out`;
});
beforeEach(async () => {
  aws.reset();
  aws.on('GetSecretValue', () => ({ SecretString: 'operator' }));
  directory = new FakeDirectory(aws);
  directory.put(tenantItem('standard', 'standard'));
  const wanted = { tenant_id: 'standard', url: 'https://receiver.example/hooks' };
  id = (await callApi(handler, 'POST', '/v1/webhooks', wanted)).body.id;
});
afterAll(() => aws.close());

const patch = (fields: object) => callApi(handler, 'PATCH', `/v1/webhooks/${id}?tenant_id=standard`, fields);
const item = () => directory.find('TENANT#standard', `ENDPOINT#${id}`);

/** Lets the endpoint rest. */
function rest(fields: object = {}): void {
  const numbers = { id: '7', since: '7', probes: '3', turn: '5', turn_at: '1768480200000', window: '10' };
  const members = Object.entries(numbers).map(([name, N]) => [name, { N }]);
  const circuit = { M: { state: { S: 'open' }, ...Object.fromEntries(members) } };
  const failures = { run: { N: '23' }, failing_since: { N: '1768476600000' }, failed_at: { N: '1' } };
  directory.update('TENANT#standard', `ENDPOINT#${id}`, { circuit, ...failures, ...fields });
}

test('an endpoint shows that it rests: since when, how often it failed, when it is tried next', async () => {
  rest();
  const { body } = await patch({ description: 'x' });
  expect(body.circuit).toEqual({
    state: 'open',
    failures: 23,
    failing_since: '2026-01-15T11:30:00Z',
    next_probe_at: '2026-01-15T12:30:00Z',
  });
});

describe.each([
  ['enabling it', { active: true }],
  ['another URL', { url: 'https://receiver.example/moved' }],
])('%s', (_name, fields) => {
  test('forgets the failures, and asks for the circuit’s turn now: what waits is sent on', async () => {
    rest();
    const { body } = await patch(fields);
    expect(body.circuit).toEqual({ state: 'draining' });
    expect(item()).not.toHaveProperty('run');
    expect(item()).not.toHaveProperty('failing_since');
    expect(item().circuit.M).toMatchObject({ state: { S: 'draining' }, turn: { N: '5' } });
    const [{ Entries }] = aws.inputsOf('SendMessageBatch');
    expect(readTurn(Entries[0].MessageBody)).toMatchObject({ endpointId: id, circuit: 7, turn: 5 });
    expect(Entries[0].DelaySeconds).toBeUndefined();
  });

  test('drains with the first window, though it was switched off and handed on all that waited meanwhile', async () => {
    rest();
    const { circuit } = item();
    const discarding = { M: { ...circuit.M, state: { S: 'draining' }, window: { N: '500' } } };
    directory.update('TENANT#standard', `ENDPOINT#${id}`, { circuit: discarding });
    await patch(fields);
    expect(item().circuit.M).toMatchObject({ window: { N: '2' } });
  });

  test('forgets the failures of one that does not rest', async () => {
    rest({ circuit: undefined });
    expect((await patch(fields)).body.circuit).toEqual({ state: 'closed' });
    expect(aws.inputsOf('SendMessageBatch')).toEqual([]);
  });
});

describe('programs', () => {
  const notices = () =>
    aws
      .inputsOf('SendMessageBatch')
      .filter(({ QueueUrl }) => QueueUrl === process.env.NOTICE_QUEUE_URL)
      .flatMap(({ Entries }) =>
        Entries.map(({ MessageBody }: { MessageBody: string }) => JSON.parse(MessageBody)),
      );

  test('are told that somebody switched an endpoint off, once; the notice is queued before', async () => {
    await patch({ active: false });
    await patch({ active: false });
    await patch({ active: true });
    expect(fromItem(item()).changes).toEqual([
      { kind: 'disabled', at: expect.any(Number), reason: 'It was switched off by hand.', byHand: true },
    ]);
    expect(notices()).toEqual([{ kind: 'endpoint', tenantId: 'standard', endpointId: id }]);
  });

  test('will be told of the recovery of an endpoint that they were told of, though a person mends it', async () => {
    rest({ failing_told: { N: '5' } });
    await patch({ active: true });
    expect(item().failing_told).toEqual({ N: '5' });
  });
});

test.each([[{ description: 'x' }], [{ active: false }], [{ events: ['a'] }]])(
  '%j leaves the circuit and the failures as they are',
  async (fields) => {
    rest();
    const { circuit } = item();
    await patch(fields);
    expect(item()).toMatchObject({ circuit, run: { N: '23' } });
  },
);
