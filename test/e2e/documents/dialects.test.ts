import type { Dialect } from '../../../core/dialects/dialect.ts';
import { DIALECTS } from '../../../core/dialects/index.ts';
import { fileEventTypes, knownTypes } from '../../../core/file-events.ts';
import { startReceiver } from '../../fixtures/receivers/receiver.ts';
import { createTenant, expectCall } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';
import { callBack, connectBucket } from './bucket.ts';

const bucket = connectBucket();
afterAll(() => bucket.close());

/** The event's type, data and callback, as each guide's receivers find them. */
type Body = Record<string, unknown> & { data: Record<string, unknown>; callback?: { url: string } };

test.each(Object.values<Dialect>(DIALECTS).map((dialect) => [dialect.name, dialect] as const))(
  'a tenant of %s is told of uploads and downloads, and can subscribe to them alone',
  async (dialect, definition) => {
    const { catalogue, signature } = definition;
    const types = knownTypes(definition) ?? fileEventTypes(definition);
    const tenant = await createTenant(dialect);
    await expectCall(200, 'PATCH', `/v1/tenants/${tenant.id}`, tenant.key, { validate: 'strict' });
    if (catalogue === null)
      await expectCall(201, 'POST', '/v1/event-types', tenant.key, { type: 'order.paid' });
    const receiver = await startReceiver();
    const [upload, download] =
      dialect === 'arken' ? ['FileStore.Upload', 'FileStore.Download'] : ['file.uploaded', 'file.downloaded'];
    const auth = { header: { name: 'x-secret', value: 'shared secret' } };
    await tenant.createEndpoint({
      url: receiver.url,
      events: [upload, download],
      ...(signature === null && { auth }),
    });
    await bucket.put(`${tenant.id}/folder/report.pdf`, 'hello', 'application/pdf');
    const [first] = await receiver.waitFor(1);
    const told = JSON.parse(String(first?.body)) as Body;
    const url = told.callback?.url ?? (told.data.callback as { url: string }).url;
    expect(told.data).toMatchObject({
      documentHashId: expect.stringMatching(/^doc_/),
      fileName: 'report.pdf',
      contentType: 'application/pdf',
      size: 5,
      version: expect.any(String),
      occurredAt: expect.any(String),
    });
    const { example = {} } = types.find(({ type }) => type === upload) ?? {};
    const members = Object.keys({ ...told.data, ...(told.callback && { callback: told.callback }) });
    expect(members.length).toBeGreaterThan(5);
    expect(members).toEqual(expect.arrayContaining(Object.keys(example)));
    expect([told.callback === undefined, told.data.callback === undefined]).toEqual(
      dialect === 'arken' ? [false, true] : [true, false],
    );
    expect(JSON.stringify(told)).toContain(
      dialect === 'arken' ? '"category":"FileStore","type":"Upload"' : '"file.uploaded"',
    );
    expect((await callBack(url, tenant.key)).status).toBe(200);
    const link = await callBack<{ url: string }>(url.replace('?', '/Location?'), tenant.key);
    expect(await (await fetch(link.body.url)).text()).toBe('hello');
    const [, second] = await receiver.waitFor(2);
    expect(String(second?.body)).toContain(
      dialect === 'arken' ? '"category":"FileStore","type":"Download"' : '"file.downloaded"',
    );
    await receiver.close();
  },
);

test.each(['arka', 'arky', 'promptha', 'generic'])(
  'file events stand among the event types of %s, and a test event can be made of them',
  async (dialect) => {
    const tenant = await createTenant(dialect);
    type Types = { event_types: { type: string }[] };
    const { event_types } = await expectCall<Types>(200, 'GET', '/v1/event-types?limit=100', tenant.key);
    const types = event_types.map(({ type }) => type);
    expect(types.filter((type) => type.startsWith('file.'))).toEqual(['file.downloaded', 'file.uploaded']);
    await expectCall(200, 'GET', '/v1/event-types/file.downloaded', tenant.key);
    const receiver = await startReceiver();
    const { id } = await tenant.createEndpoint({ url: receiver.url, events: ['file.downloaded'] });
    await expectCall(202, 'POST', `/v1/webhooks/${id}/test`, tenant.key, {});
    const [request] = await receiver.waitFor(1);
    const told = JSON.parse(String(request?.body)) as Body;
    const { url } = told.data.callback as { url: string };
    // The call that it asks for is one of this API, which has no such document.
    expect(new URL(url).origin + new URL(url).pathname).toBe(
      `${readOutputs().apiUrl}/Document/${told.data.documentHashId}`,
    );
    expect((await callBack(url, tenant.key)).status).toBe(404);
    await receiver.close();
  },
);
