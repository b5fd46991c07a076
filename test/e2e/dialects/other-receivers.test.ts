import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DIALECTS } from '../../../core/dialects/index.ts';
import { verifyArkyNext } from '../../fixtures/receivers/arky.ts';
import { startReceiver } from '../../fixtures/receivers/receiver.ts';
import { createTenant } from '../platform.ts';
import { bodiesOf, eventuallyMany, publishEach } from './api.ts';
import { catalogueEvents, GUIDES } from './guides.ts';

const SECRET = 'whsec_abc123_and_more';

test("the arky guide's Next.js route accepts every event type of the catalogue", async () => {
  const receiver = await startReceiver({ verify: verifyArkyNext, secret: SECRET });
  const tenant = await createTenant('arky');
  await tenant.createEndpoint({ url: receiver.url, secret: SECRET });
  const events = catalogueEvents(DIALECTS.arky);
  await publishEach(tenant, events);
  const requests = await receiver.waitFor(events.length);
  await receiver.close();
  expect(requests.map(({ verdict }) => verdict.ok)).toEqual(events.map(() => true));
  const expected = events.map((event) => JSON.stringify(GUIDES.arky!.envelope(event, tenant.id)));
  expect(bodiesOf(requests)).toEqual(expected.sort());
});

describe("the generic guide's Python receiver", () => {
  interface Line {
    readonly ok: boolean;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  }
  const lines: Line[] = [];
  let python: ChildProcess;
  let port = 0;

  beforeAll(async () => {
    const script = fileURLToPath(new URL('../../fixtures/receivers/generic_receiver.py', import.meta.url));
    python = spawn('python3', [script, '--secret', SECRET, '--attached'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const output = createInterface({ input: python.stdout! });
    port = Number((await once(output, 'line'))[0]);
    output.on('line', (line) => lines.push(JSON.parse(line)));
  });

  afterAll(async () => {
    const exited = once(python, 'exit');
    python.stdin!.end();
    await exited;
  });

  test('accepts every event type of the catalogue, and text outside of ASCII', async () => {
    const tenant = await createTenant('generic');
    await tenant.createEndpoint({ url: `http://127.0.0.1:${port}/webhook`, secret: SECRET });
    const events = catalogueEvents(DIALECTS.generic);
    const foreign = { ...events[0]!, id: 'evt_foreign', data: { name: 'Zoë 日本 😀 \u2028 <b>&amp;</b>' } };
    await publishEach(tenant, [...events, foreign]);
    const seen = await eventuallyMany(lines, events.length + 1);
    expect(seen.map(({ ok }) => ok)).toEqual(seen.map(() => true));
    const expected = [...events, foreign].map((event) => {
      return JSON.stringify(GUIDES.generic!.envelope(event, tenant.id));
    });
    expect(bodiesOf(seen)).toEqual(expected.sort());
  });
});
