import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { runCli } from '../../cli/run-cli.ts';
import { readSettings } from '../../cli/settings.ts';
import { DIALECTS } from '../../core/dialects/index.ts';
import { type Answer, type SeenCall, serveApi } from '../client/api-server.ts';

const running: (() => void)[] = [];
afterEach(() => {
  for (const close of running.splice(0)) close();
});

/** Runs a command against an API that answers this. */
async function run(
  args: readonly string[],
  answer: Answer | ((call: SeenCall) => Answer) = { status: 200, body: {} },
) {
  const api = await serveApi((call) => (typeof answer === 'function' ? answer(call) : answer));
  running.push(api.close);
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(args, {
    environment: { POSTHORN_URL: api.url, POSTHORN_KEY: 'the-key' },
    print: (line) => out.push(line),
    complain: (line) => err.push(line),
    signal: new AbortController().signal,
  });
  return { code, out: out.join('\n'), err: err.join('\n'), call: api.seen[0] as SeenCall, calls: api.seen };
}

describe('help and wrong command lines', () => {
  test.each([[[]], [['--help']], [['-h']], [['help']]])('%j shows every command', async (args) => {
    const { code, out } = await run(args);
    expect(code).toBe(0);
    for (const name of ['listen', 'trigger', 'events', 'deliveries', 'resend', 'recover', 'POSTHORN_URL'])
      expect(out).toContain(name);
  });

  test.each([[['deliveries', '--help']], [['help', 'deliveries']]])(
    '%j shows the command’s own options and the common ones',
    async (args) => {
      const { code, out } = await run(args);
      expect(code).toBe(0);
      expect(out).toMatch(/Usage: posthorn deliveries --webhook ID \| --event ID/);
      expect(out).toMatch(/--status +only these: pending, /);
      expect(out).toMatch(/--json +print JSON/);
    },
  );

  test.each([
    [['publsh'], /^"publsh" is no command\. Accepted: listen, trigger, events, deliveries, resend, recover/],
    [['events', '--tpye', 'x'], /--tpye/],
    [['events', '--limit', '0'], /^--limit is "0"\. Accepted: 1 to 100\./],
    [['trigger'], /<type> is wanted, 0 given/],
    [['trigger', 'order.paid', 'x'], /<type> is wanted, 2 given/],
    [['trigger', 'a.b', '--dialect', 'arkia'], /^dialect is "arkia"\. Accepted: arka, /],
    [['trigger', 'a.b', '--data', '[1]'], /^--data is "\[1\]"; a JSON object is wanted/],
    [['deliveries'], /either --webhook or --event/],
    [['deliveries', '--webhook', 'a', '--event', 'b'], /either --webhook or --event/],
    [['deliveries', '--webhook', 'a', '--status', 'ok'], /^--status is "ok"\. Accepted: pending,/],
    [['recover', 'ep_1'], /^--since is missing\. Give a time: /],
    [['send-missed', '--since', '2026-01-15T12:30:00Z'], /<webhook> is wanted, 0 given/],
    [['events', '--url', 'nowhere'], /^url is "nowhere"/],
  ])('%j ends with 2 and says what is wrong', async (args, message) => {
    const { code, err, call } = await run(args);
    expect([code, call]).toEqual([2, undefined]);
    expect(err).toMatch(message);
  });
});

describe('trigger', () => {
  const accepted = { status: 202, body: { id: 'evt_1', type: 'order.paid' } };

  const example = { order: { id: 'the tenant’s own' } };

  /** Runs it where the API answers this about the type. */
  async function trigger(args: readonly string[], known: Answer) {
    return await run(['trigger', ...args], ({ method }) => (method === 'GET' ? known : accepted));
  }

  test('it publishes the example of the tenant’s own type, though a catalogue has one of that name', async () => {
    const { code, out, calls } = await trigger(['order.paid', '--tenant', 'acme'], {
      status: 200,
      body: { type: 'order.paid', example },
    });
    expect([code, out]).toEqual([0, 'Published order.paid as evt_1.']);
    expect(calls).toMatchObject([
      { method: 'GET', url: '/v1/event-types/order.paid?tenant_id=acme' },
      { method: 'POST', url: '/v1/events', body: { type: 'order.paid', data: example } },
    ]);
    expect(calls[1]?.headers.authorization).toBe('Bearer the-key');
  });

  test('a key that may only publish, and cannot ask, publishes the one catalogue’s example', async () => {
    const { code, calls } = await trigger(['order.paid'], { status: 403 });
    const known = DIALECTS.arky.catalogue?.find(({ type }) => type === 'order.paid');
    expect([code, calls[1]?.body]).toEqual([0, { ...(calls[1]?.body as object), data: known?.example }]);
  });

  test('where such a type stands in several, the dialect must be named', async () => {
    const { code, err, calls } = await trigger(['user.updated'], { status: 403 });
    expect([code, calls.length]).toEqual([2, 1]);
    expect(err).toMatch(/in several catalogues \(arky, generic\): give --dialect or --data/);
    const generic = await trigger(['user.updated', '--dialect', 'generic'], { status: 403 });
    expect(generic.call.body).toMatchObject({ data: { id: 'user_123' } });
  });

  test('a type that the tenant does not have is not taken from another’s catalogue', async () => {
    const { code, calls } = await trigger(['order.paid'], { status: 404 });
    expect([code, calls.length]).toEqual([2, 1]);
  });

  test('data of one’s own goes before', async () => {
    const own = await run(['trigger', 'a.b', '--data', '{"n":1}', '--tenant', 'acme', '--json'], accepted);
    expect(own.call.body).toMatchObject({ type: 'a.b', data: { n: 1 }, tenant_id: 'acme' });
    expect(JSON.parse(own.out)).toEqual(accepted.body);
  });
});

describe('trigger of a type that no catalogue has', () => {
  test('publishes the example that the tenant declared', async () => {
    const { code, out, calls } = await run(['trigger', 'my.type'], {
      status: 200,
      body: { id: 'evt_1', type: 'my.type', example: { a: 1 } },
    });
    expect([code, out]).toEqual([0, 'Published my.type as evt_1.']);
    expect(calls.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /v1/event-types/my.type',
      'POST /v1/events',
    ]);
    expect(calls[1]?.body).toMatchObject({ type: 'my.type', data: { a: 1 } });
  });

  test.each<Answer>([{ status: 404 }, { status: 403 }, { status: 200, body: {} }])(
    'ends with 2 where there is none: %j',
    async (answer) => {
      const { code, err, calls } = await run(['trigger', 'my.type'], answer);
      expect([code, calls.length]).toEqual([2, 1]);
      expect(err).toMatch(/^No catalogue has an example of "my\.type": give --data\./);
    },
  );

  test('sends data of one’s own digit by digit', async () => {
    const { call } = await run(['trigger', 'a.b', '--data', '{"n":12345678901234567890}'], {
      status: 202,
      body: {},
    });
    expect(call.text).toContain('"data":{"n":12345678901234567890}');
  });
});

test('what cannot be reached is told with the reason', async () => {
  const gone = await serveApi(() => 'cut');
  gone.close();
  const err: string[] = [];
  const code = await runCli(['events', '--url', gone.url, '--key', 'k'], {
    environment: {},
    print: () => {},
    complain: (line) => err.push(line),
    signal: new AbortController().signal,
  });
  expect([code, err.join()]).toEqual([
    1,
    expect.stringMatching(/^GET \/v1\/events could not be sent\. \(.+\)$/),
  ]);
}, 30_000);

describe('lists', () => {
  const events = [
    { id: 'evt_2', type: 'order.shipped', created_at: '2026-01-15T12:30:01Z' },
    { id: 'evt_1', type: 'a.b\u001b[2J', created_at: '2026-01-15T12:30:00Z' },
  ];

  test('events are a table, and nothing in it steers the terminal', async () => {
    const { out, call } = await run(['events', '--type', 'a.*', '--tenant', 'acme'], {
      status: 200,
      body: { events },
    });
    expect(call.url).toBe('/v1/events?tenant_id=acme&type=a.*&limit=20');
    expect(out.split('\n')).toEqual([
      'CREATED_AT            TYPE           ID',
      '2026-01-15T12:30:01Z  order.shipped  evt_2',
      '2026-01-15T12:30:00Z  a.b?[2J        evt_1',
    ]);
  });

  test('with --json each is a line', async () => {
    const { out } = await run(['events', '--json'], { status: 200, body: { events } });
    expect(out.split('\n').map((line) => JSON.parse(line))).toEqual(events);
  });

  const deliveries = [
    {
      id: 'del_2',
      event_type: 'a.b',
      status: 'failed',
      status_code: 500,
      attempts: 3,
      event_id: 'e',
      webhook_id: 'w',
    },
    {
      id: 'del_1',
      event_type: 'a.b',
      status: 'success',
      status_code: 200,
      attempts: 1,
      event_id: 'e',
      webhook_id: 'w',
    },
  ];

  test('deliveries are those of an endpoint or of an event', async () => {
    const ofWebhook = await run(['deliveries', '--webhook', 'w', '--status', 'failed'], {
      status: 200,
      body: { deliveries },
    });
    expect(ofWebhook.call.url).toBe('/v1/webhooks/w/deliveries?limit=20&status=failed');
    const ofEvent = await run(['deliveries', '--event', 'e', '--status', 'failed'], {
      status: 200,
      body: { deliveries },
    });
    expect(ofEvent.call.url).toBe('/v1/events/e/deliveries?limit=20&status=failed');
    expect(ofEvent.out).toContain('del_2');
  });

  test('resend asks for one more attempt', async () => {
    const { out, call } = await run(['resend', 'del_1'], {
      status: 202,
      body: { id: 'del_1', status: 'pending' },
    });
    expect([call.method, call.url]).toEqual(['POST', '/v1/deliveries/del_1/resend']);
    expect(out).toBe('del_1 is pending: one more attempt is on its way.');
  });
});

describe('tasks', () => {
  const since = '2026-01-15T12:30:00Z';
  const counts = { done: 0, left: null, failed: 0, skipped: 0 };
  const body = { id: 'task_1', status: 'running', ...counts };

  test.each(['recover', 'send-missed'])('%s starts one', async (name) => {
    const args = [name, 'ep_1', '--since', since, '--tenant', 'acme'];
    const { out, call } = await run(args, { status: 202, body });
    expect([call.method, call.url]).toEqual(['POST', `/v1/webhooks/ep_1/${name}?tenant_id=acme`]);
    expect(call.body).toEqual({ since });
    expect(out).toBe('task_1 is running: 0 done, ? left, 0 failed, 0 skipped.');
  });

  test('until is passed on, and --json prints the task', async () => {
    const { out, call } = await run(['recover', 'ep_1', '--since', since, '--until', since, '--json'], {
      status: 202,
      body,
    });
    expect(call.body).toEqual({ since, until: since });
    expect(JSON.parse(out)).toEqual(body);
  });

  test('tasks shows how far one is, and why it stopped', async () => {
    const stopped = {
      id: 'task_1',
      status: 'stopped',
      reason: 'The webhook was deleted.',
      ...counts,
      left: 7,
    };
    const { out, call } = await run(['tasks', 'task_1'], { status: 200, body: stopped });
    expect([call.method, call.url]).toEqual(['GET', '/v1/tasks/task_1']);
    expect(out).toBe('task_1 is stopped (The webhook was deleted.): 0 done, 7 left, 0 failed, 0 skipped.');
  });
});

test('a refusal of the API ends with 1 and shows its reason and its request', async () => {
  const body = { code: 'not_found', detail: 'There is no delivery "del_9".', request_id: 'req-7' };
  const { code, err } = await run(['resend', 'del_9'], { status: 404, body });
  expect([code, err]).toEqual([
    1,
    'POST /v1/deliveries/del_9/resend was answered 404: There is no delivery "del_9". (request req-7)',
  ]);
});

describe('settings', () => {
  const root = mkdtempSync(join(tmpdir(), 'posthorn-cli-'));
  const [here, home] = [join(root, 'here'), join(root, 'home')];
  beforeAll(() => {
    for (const place of [here, home]) mkdirSync(place);
  });
  afterEach(() => {
    for (const place of [here, home]) rmSync(join(place, '.posthorn.json'), { force: true });
  });
  afterAll(() => rmSync(root, { recursive: true }));
  const write = (text: string, place = here) => writeFileSync(join(place, '.posthorn.json'), text);
  const read = (flags: object = {}, environment: NodeJS.ProcessEnv = {}) =>
    readSettings(flags, environment, [here, home]);

  test('a flag goes before the environment, and that before the file', () => {
    write('{"url":"https://file","key":"file","tenant":"file"}');
    const environment = { POSTHORN_URL: 'https://environment', POSTHORN_KEY: 'environment' };
    expect(read({ url: 'https://flag' }, environment)).toEqual({
      url: 'https://flag',
      key: 'environment',
      tenant: 'file',
      dialect: undefined,
    });
  });

  test('what the working directory’s file leaves out is the home directory’s', () => {
    write('{"tenant":"here","dialect":"arky"}');
    write('{"url":"https://home","key":"home","tenant":"home"}', home);
    expect(read()).toEqual({ url: 'https://home', key: 'home', tenant: 'here', dialect: 'arky' });
  });

  test.each<[string, NodeJS.ProcessEnv]>([
    ['.posthorn.json', {}],
    ['the environment', { POSTHORN_KEY: 'environment' }],
  ])('a key from %s is not sent where the working directory’s file says', (name, environment) => {
    write('{"url":"https://elsewhere.example"}');
    write('{"key":"home"}', home);
    const refused = () => read({}, environment);
    expect(refused).toThrow(
      /^url is "https:\/\/elsewhere\.example", from .*here.\.posthorn\.json, and the key is from /,
    );
    expect(refused).toThrow(name);
    expect(refused).toThrow(/give --url or POSTHORN_URL, or put "key" beside "url"\.$/);
    expect(refused).not.toThrow(/"home"|"environment"/);
  });

  test.each<[string, object, NodeJS.ProcessEnv, string]>([
    ['brought it itself', {}, {}, 'here'],
    ['was overruled', {}, { POSTHORN_URL: 'https://e', POSTHORN_KEY: 'environment' }, 'environment'],
    ['was given it by a flag', { key: 'flag' }, {}, 'flag'],
  ])('a file of the working directory that %s is no danger', (_case, flags, environment, key) => {
    write('{"url":"https://here","key":"here"}');
    write('{"key":"home"}', home);
    expect(read(flags, environment).key).toBe(key);
  });

  test('a file that was named, or that of the home directory, may have its key from elsewhere', () => {
    write('{"url":"https://home"}', home);
    const environment = { POSTHORN_KEY: 'environment' };
    expect(readSettings({}, environment, [home, home]).url).toBe('https://home');
    const config = join(home, '.posthorn.json');
    expect(readSettings({ config }, environment, [here, home]).url).toBe('https://home');
  });

  test('what is nowhere is named with the places it may be', () => {
    expect(() => read({ url: 'https://flag' })).toThrow(
      'key is missing. Give --key, POSTHORN_KEY, or "key" in .posthorn.json.',
    );
  });

  test('a file that cannot be read is named, and not quoted', () => {
    write('{"key":"secret-key",');
    expect(() => read()).toThrow(/\.posthorn\.json cannot be read: it is not JSON\.$/);
    expect(() => readSettings({ config: join(here, 'none.json') }, {}, [])).toThrow(
      /none\.json cannot be read: ENOENT/,
    );
    write('[]');
    expect(() => read()).toThrow(/must hold a JSON object/);
  });
});
