import { randomBytes } from 'node:crypto';
import { startReceiver } from '../../fixtures/receivers/receiver.ts';
import { verifyStandard } from '../../fixtures/receivers/standard.ts';
import { call, createTenant } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';
import { eventuallyMany, type ProblemBody, pathsOf, publishBatch } from './api.ts';
import { serveGuideApp } from './guide-app.ts';
import { GUIDES, type Guide, OCCURRED_AT, standardEnvelope } from './guides.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/** Text that does not compress, so that nothing is saved on the way. */
const noise = (length: number) =>
  randomBytes(Math.ceil(length / 2))
    .toString('hex')
    .slice(0, length);

describe.each(Object.entries(GUIDES))("the largest body of %s's receivers", (name, guide: Guide) => {
  test('is delivered, and one byte more is refused with the path and the limit', async () => {
    const { dialect, makeApp, path, envelope } = guide;
    const app = await serveGuideApp(
      makeApp(SECRET, () => {}),
      path,
    );
    const tenant = await createTenant(name);
    await tenant.createEndpoint({ url: app.url, secret: SECRET });
    const event = { id: 'evt_large', type: dialect.catalogue![0]!.type, occurred_at: OCCURRED_AT };
    // Two bytes each in UTF-8: bytes count, not characters.
    const accents = 'é'.repeat(1_000);
    const empty = Buffer.byteLength(
      JSON.stringify(envelope({ ...event, data: { accents, pad: '' } }, tenant.id)),
    );
    const pad = noise(100_000 - empty);

    const refused = await call<ProblemBody>('POST', '/v1/events', tenant.key, {
      ...event,
      data: { accents, pad: `${pad}.` },
    });
    expect([refused.status, refused.body.code, pathsOf(refused)]).toEqual([
      413,
      'payload_too_large',
      ['data'],
    ]);
    expect(refused.body.detail).toMatch(/100001 bytes.*100000/);

    await tenant.publish({ ...event, data: { accents, pad } });
    const [seen] = await eventuallyMany(app.seen, 1);
    await app.close();
    expect([seen!.status, Buffer.byteLength(seen!.body)]).toEqual([200, 100_000]);
  });
});

describe('256 KB', () => {
  test('of a standard body are delivered, and one byte more is refused with the path and the limit', async () => {
    const receiver = await startReceiver({ verify: verifyStandard, secret: SECRET });
    const [tenant, other] = await Promise.all([createTenant('standard'), createTenant('standard')]);
    await tenant.createEndpoint({ url: receiver.url, secret: SECRET });
    const event = { id: 'msg_large', type: 'a', occurred_at: OCCURRED_AT };
    const pad = noise(262_144 - JSON.stringify(standardEnvelope({ ...event, data: { pad: '' } })).length);

    const { body } = await publishBatch(other.key, [
      { ...event, id: 'msg_small', data: {} },
      { ...event, data: { pad: `${pad}.` } },
    ]);
    expect(body.results).toMatchObject([
      { status: 202 },
      { status: 413, id: 'msg_large', error: { path: 'events[1].data', code: 'payload_too_large' } },
    ]);
    expect(body.results[1]!.error!.detail).toContain('262144');

    await tenant.publish({ ...event, data: { pad } });
    const [request] = await receiver.waitFor(1);
    await receiver.close();
    expect([request!.verdict.ok, request!.body.length]).toEqual([true, 262_144]);
  });

  test.each(['arken', 'standard'])('of data leave no room for the envelope of %s', async (dialect) => {
    const tenant = await createTenant(dialect);
    const type = dialect === 'arken' ? 'Client.Create' : 'a';
    for (const length of [262_144 - '{"pad":""}'.length, 300_000]) {
      const data = { pad: 'x'.repeat(length) };
      const refused = await call<ProblemBody>('POST', '/v1/events', tenant.key, { type, data });
      expect([refused.status, pathsOf(refused)]).toEqual([413, ['data']]);
      expect(refused.body.detail).toContain('262144');
    }
  });
});

describe('a body', () => {
  const FOUR_MB = 4 * 1024 * 1024;
  const post = async (body: string | Buffer) => {
    const tenant = await createTenant('standard');
    // As application/json, the gateway itself would replace what is not UTF-8; other types it hands on as bytes.
    const type = typeof body === 'string' ? 'application/json' : 'application/event+json';
    const response = await fetch(`${readOutputs().apiUrl}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tenant.key}`, 'content-type': type },
      body: typeof body === 'string' ? body : new Uint8Array(body),
    });
    return { status: response.status, problem: (await response.json()) as ProblemBody };
  };

  test('of more than 4 MB is refused with the limit', async () => {
    const { status, problem } = await post(
      `{"events":[{"type":"a","data":{"pad":"${'x'.repeat(FOUR_MB)}"}}]}`,
    );
    expect([status, problem.code]).toEqual([413, 'payload_too_large']);
    expect(problem.detail).toContain(String(FOUR_MB));
  });

  test('of almost 4 MB is judged entry by entry', async () => {
    const entry = (i: number) => ({ id: `msg_${i}`, type: 'a', data: { pad: noise(250_000) } });
    const { status, problem } = await post(
      JSON.stringify({ events: Array.from({ length: 16 }, (_, i) => entry(i)) }),
    );
    expect([status, problem]).toEqual([
      202,
      { results: Array.from({ length: 16 }, (_, i) => ({ status: 202, id: `msg_${i}` })) },
    ]);
  });

  test.each<[string, string | Buffer]>([
    ['cut off', '{"type":"a","data":{'],
    ['with a trailing comma', '{"type":"a","data":{},}'],
    ['with a number of another language', '{"type":"a","data":{"n":NaN}}'],
    ['with two documents', '{"type":"a","data":{}}{}'],
    ['not in UTF-8', Buffer.from('{"type":"a","data":{"name":"caf\xe9"}}', 'latin1')],
    ['nested too deeply', `{"type":"a","data":${'{"a":'.repeat(101)}1${'}'.repeat(101)}}`],
    [
      'with a type nested a hundred thousand deep',
      `{"data":{},"type":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    ],
    [
      'nested a hundred thousand deep',
      `{"type":"a","data":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`,
    ],
  ])('%s is refused as invalid JSON', async (_what, body) => {
    expect(await post(body)).toMatchObject({ status: 400, problem: { status: 400, code: 'invalid_json' } });
  });

  test.each([
    ['empty', ''],
    ['a list', '[]'],
    ['a text', '"event"'],
    ['null', 'null'],
  ])('that is %s is refused as an invalid request', async (_what, body) => {
    expect(await post(body)).toMatchObject({ status: 422, problem: { code: 'invalid_request' } });
  });
});
