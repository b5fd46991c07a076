import { call, createTenant, expectCall, type TestTenant } from '../platform.ts';
import { eventuallyMany, type ProblemBody, pathsOf } from './api.ts';
import { type GuideApp, serveGuideApp } from './guide-app.ts';
import { GUIDES, type Guide, OCCURRED_AT } from './guides.ts';

const SECRET = 'whsec_your_secret_key';

/** What a producer may write and no serializer of JavaScript's would, by its name. */
const NASTY_DATA: Record<string, string> = {
  'integer-like keys out of order':
    '{"10":"ten","b":1,"2":"two","-1":0,"01":1,"4294967295":1,"a":{"9":1,"1":2}}',
  'a __proto__ key': '{"__proto__":{"polluted":true},"constructor":{"prototype":1},"a":{"__proto__":null}}',
  'needless \\u escapes':
    '{"\\u0061":"\\u0041\\u00e9\\ud83d\\ude00\\u2028\\u002f\\/","c":"\\u0000\\u001F\\b\\f\\u007f"}',
  'lone surrogates': '{"high":"\\ud800","low":"x\\udc00y","swapped":"\\udc00\\ud800","\\udead":1}',
  'numbers spelled otherwise':
    '{"a":0.10,"b":-0,"c":1E5,"d":1e-7,"e":1.50e+300,"f":100000000000000000000,"g":0.1e1}',
  'the limits of a double':
    '{"max":1.7976931348623157e308,"min":5e-324,"safe":9007199254740991,"even":9007199254740992}',
  'text of all kinds':
    '{"ключ":"日本 café ☕ 😀","raw":"\u2028\u2029\u0085\ufeff","html":"<b>&amp;</b></script>"}',
  'nested empties': '{"a":{},"b":[],"c":[[],{},[{}]],"d":"","":{"":[null]},"e":[null,false,true,0]}',
  'white space everywhere': ' {\n\t"a" : [ 1 , 2 ] ,\r\n "b" : { "c" : " " } } ',
  'a key that comes twice': '{"a":1,"b":2,"a":{"c":3,"c":4}}',
};

async function publishText(tenant: TestTenant, type: string, data: string): Promise<string> {
  const body = `{"type":"${type}","occurred_at":"${OCCURRED_AT}","data":${data}}`;
  return (await expectCall<{ id: string }>(202, 'POST', '/v1/events', tenant.key, body)).id;
}

describe.each(['promptha', 'generic'])('the %s receiver, which serializes what it parsed', (name) => {
  const { dialect, makeApp, path, envelope } = GUIDES[name] as Guide;
  const type = dialect.catalogue![0]!.type;
  let tenant: TestTenant;
  let app: GuideApp;

  beforeEach(async () => {
    app = await serveGuideApp(
      makeApp(SECRET, () => {}),
      path,
    );
    tenant = await createTenant(name);
    await tenant.createEndpoint({ url: app.url, secret: SECRET });
  });
  afterEach(() => app.close());

  test('accepts whatever a producer writes, and gets bytes that survive the round trip', async () => {
    const expected = await Promise.all(
      Object.values(NASTY_DATA).map(async (text) => {
        const id = await publishText(tenant, type, text);
        return JSON.stringify(envelope({ id, type, data: JSON.parse(text) }, tenant.id));
      }),
    );
    const seen = await eventuallyMany(app.seen, expected.length);
    expect(seen.map(({ status }) => status)).toEqual(expected.map(() => 200));
    for (const { body } of seen) expect(JSON.stringify(JSON.parse(body))).toBe(body);
    expect(seen.map(({ body }) => body).sort()).toEqual(expected.sort());
  });

  test.each([
    ['{"order":{"id":9007199254740993}}', 'data.order.id', '9007199254740993'],
    ['{"list":[1,{"n":0.1234567890123456789}]}', 'data.list[1].n', '0.1234567890123456789'],
    ['{"huge":1e400}', 'data.huge', '1e400'],
    ['{"tiny":-1E-400}', 'data.tiny', '-1E-400'],
  ])('is not sent a number that would change: %s', async (data, faultPath, digits) => {
    const body = `{"type":"${type}","data":${data}}`;
    const refused = await call<ProblemBody>('POST', '/v1/events', tenant.key, body);
    expect(refused).toMatchObject({ status: 422, body: { code: 'number_not_exact' } });
    expect(pathsOf(refused)).toEqual([faultPath]);
    expect(refused.body.detail).toContain(digits);
  });

  test('is not sent such a number of a batch, whose other entries go out', async () => {
    const entry = (data: string) => `{"type":"${type}","data":${data}}`;
    const body = `{"events":[${entry('{"n":1}')},${entry('{"n":12345678901234567890}')}]}`;
    const { results } = await expectCall<{ results: unknown[] }>(202, 'POST', '/v1/events', tenant.key, body);
    expect(results).toEqual([
      { status: 202, id: expect.any(String) },
      {
        status: 422,
        error: {
          code: 'number_not_exact',
          path: 'events[1].data.n',
          detail: expect.stringContaining('12345678901234567890'),
        },
      },
    ]);
  });
});
