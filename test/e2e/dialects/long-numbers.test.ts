import { verifyArka } from '../../fixtures/receivers/arka.ts';
import { arkenHeaderVerifier } from '../../fixtures/receivers/arken.ts';
import { verifyArky } from '../../fixtures/receivers/arky.ts';
import { startReceiver } from '../../fixtures/receivers/receiver.ts';
import { verifyStandard } from '../../fixtures/receivers/standard.ts';
import type { Verify } from '../../fixtures/receivers/verdict.ts';
import { createTenant, expectCall } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const AUTH = { header: { name: 'X-Callback-Key', value: SECRET } };

/** No double holds one of these; JavaScript would send another value, or none. */
const DIGITS = [
  '9007199254740993',
  '-12345678901234567890',
  '0.1234567890123456789',
  '1e400',
  '-2.5E-400',
  '123456789.123456789123456789E+12',
];
const DATA = `{"list":[${DIGITS.join(',')}],"nested":{"id":18446744073709551615},"short":0.5}`;

interface RawDialect {
  readonly type: string;
  readonly verify: Verify;
  readonly settings: object;
}

const RAW_DIALECTS: Record<string, RawDialect> = {
  arka: { type: 'usage.threshold.reached', verify: verifyArka, settings: { secret: SECRET } },
  arky: { type: 'order.paid', verify: verifyArky, settings: { secret: SECRET } },
  arken: {
    type: 'Client.Create',
    verify: arkenHeaderVerifier(AUTH.header.name),
    settings: { auth: AUTH },
  },
  standard: { type: 'order.paid', verify: verifyStandard, settings: { secret: SECRET } },
};

describe.each(Object.entries(RAW_DIALECTS))(
  'the %s receiver, which verifies the raw body',
  (name, dialect) => {
    const { type, verify, settings } = dialect;

    test("gets the producer's digits, whatever a double makes of them", async () => {
      const receiver = await startReceiver({ verify, secret: SECRET });
      const tenant = await createTenant(name);
      await tenant.createEndpoint({ url: receiver.url, ...settings });
      const body = `{"type":"${type}","data":${DATA}}`;
      const { id } = await expectCall<{ id: string }>(202, 'POST', '/v1/events', tenant.key, body);
      const [request] = await receiver.waitFor(1);
      await receiver.close();
      expect(request!.verdict).toMatchObject({ ok: true });
      expect(request!.body).toContain(`"data":${DATA}`);

      const read = await fetch(`${readOutputs().apiUrl}/v1/events/${id}`, {
        headers: { authorization: `Bearer ${tenant.key}` },
      });
      expect(await read.text()).toContain(`"data":${DATA}`);
    });
  },
);

test('an arken event with a callback keeps its digits beside and inside of it', async () => {
  const receiver = await startReceiver();
  const tenant = await createTenant('arken');
  await tenant.createEndpoint({ url: receiver.url, auth: AUTH });
  const callback =
    '{"method":"GET","url":"https://api.example.com/Document/1","version":18446744073709551615}';
  const data = `{"documentHashId":"doc_1","callback":${callback},"size":9007199254740993}`;
  await expectCall(202, 'POST', '/v1/events', tenant.key, `{"type":"FileStore.Upload","data":${data}}`);
  const [request] = await receiver.waitFor(1);
  await receiver.close();
  expect(request!.body).toContain('"data":{"documentHashId":"doc_1","size":9007199254740993}');
  expect(request!.body.endsWith(`,"callback":${callback}}`)).toBe(true);
});
