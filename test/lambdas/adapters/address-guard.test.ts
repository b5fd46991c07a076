import type { LookupAddress, LookupOptions } from 'node:dns';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';

/** What the names of a test resolve to; localhost is really looked up. */
const NAMES: Record<string, string[][]> = {};
const lookups: string[] = [];
const { lookup: realLookup } = await import('node:dns');
jest.unstable_mockModule('node:dns', () => ({
  lookup: (host: string, options: LookupOptions, callback: (e: Error | null, a: LookupAddress[]) => void) => {
    lookups.push(host);
    const addresses = NAMES[host]?.shift();
    if (addresses === undefined) return realLookup(host, { ...options, all: true }, callback);
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  },
}));
const { checkUrl, isPublicAddress, lookupPublic } = await import(
  '../../../lambdas/adapters/address-guard.ts'
);
const { sendHttp } = await import('../../../lambdas/adapters/http-sender.ts');

beforeEach(() => {
  delete process.env.ALLOW_LOCAL_RECEIVERS;
  lookups.length = 0;
});

test.each([
  ['1.1.1.1', '8.8.8.8', '172.15.255.255', '172.32.0.0', '100.63.255.255', '100.128.0.0', '169.253.255.255'],
  ['2606:4700:4700::1111', '2001:4860:4860::8888', '2a00:1450:4001:81b::200e'],
])('public: %s and the like', (...addresses) => {
  expect(addresses.filter((address) => !isPublicAddress(address))).toEqual([]);
});

/** IANA's special-purpose address registries. */
test.each([
  ['this host', '0.0.0.0', '0.1.2.3'],
  ['private', '10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
  ['loopback', '127.0.0.1', '127.255.255.254'],
  ['link local, the metadata service', '169.254.169.254', '169.254.0.1'],
  ['shared by carriers', '100.64.0.1', '100.127.255.255'],
  ['special and documentation', '192.0.0.8', '192.0.2.1', '198.51.100.1', '203.0.113.1', '192.88.99.1'],
  ['benchmarks', '198.18.0.1', '198.19.255.255'],
  ['multicast', '224.0.0.1', '239.255.255.255'],
  ['reserved, broadcast', '240.0.0.1', '255.255.255.255'],
  ['IPv6 unspecified, loopback', '::', '::1'],
  ['IPv6 unique local, the metadata service', 'fc00::1', 'fdff::1', 'fd00:ec2::254'],
  ['IPv6 link and site local', 'fe80::1', 'febf::1', 'fec0::1'],
  ['IPv6 multicast', 'ff02::1', 'ff0e::1'],
  ['IPv6 documentation', '2001:db8::1', '3fff::1'],
  ['IPv4 within IPv6', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:7f00:1', '::127.0.0.1', '::7f00:1'],
  ['IPv4 translated', '64:ff9b::7f00:1', '64:ff9b::808:808', '64:ff9b:1::7f00:1', '::ffff:0:7f00:1'],
  ['6to4', '2002:7f00:1::', '2002:808:808::1'],
  ['Teredo, ORCHID', '2001:0::1', '2001:10::1', '2001:20::1'],
  ['discarded, given to nobody', '100::1', '4000::1', '5f00::1', 'e000::1'],
  ['no address', '', 'example.com', '1.2.3.4.5', '1.2.3.4/8', '[::1]'],
])('not public: %s, e.g. %s', (_name, ...addresses) => {
  expect(addresses.filter(isPublicAddress)).toEqual([]);
});

describe('a URL with an address is refused, however it is spelled', () => {
  test.each([
    'https://127.0.0.1/',
    'https://127.1/',
    'https://0x7f.1/',
    'https://0x7f000001/',
    'https://2130706433/',
    'https://017700000001/',
    'https://127.0.0.1./',
    'https://１２７.０.０.１/',
    'https://%31%32%37.0.0.1/',
    'https://0/',
    'https://169.254.169.254/latest/meta-data/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::127.0.0.1]/',
    'https://[0:0:0:0:0:ffff:a9fe:a9fe]/',
    'https://[64:ff9b::127.0.0.1]/',
    'https://[fd00:ec2::254]/',
  ])('%s', (url) => {
    expect(() => checkUrl(new URL(url))).toThrow(
      expect.objectContaining({
        code: 'address_refused',
        message: expect.stringContaining('not a public address'),
      }),
    );
  });

  test.each(['http://example.com/', 'http://1.1.1.1/', 'ftp://example.com/'])(
    '%s: only https is called',
    (url) => {
      expect(() => checkUrl(new URL(url))).toThrow(/^Only https is called/);
    },
  );

  test.each(['https://example.com/', 'https://1.1.1.1/', 'https://[2606:4700:4700::1111]/'])(
    'but not %s',
    (url) => {
      expect(() => checkUrl(new URL(url))).not.toThrow();
    },
  );
});

describe('a name', () => {
  const lookUp = (host: string, options: LookupOptions) =>
    new Promise((resolve, reject) => {
      lookupPublic(host, options, (error, address, family) =>
        error ? reject(error) : resolve([address, family]),
      );
    });
  afterEach(() => {
    delete NAMES['receiver.test'];
  });

  test('that resolves to public addresses is called at one of these', async () => {
    NAMES['receiver.test'] = [['1.1.1.1', '2606:4700:4700::1111'], ['1.1.1.1']];
    expect(await lookUp('receiver.test', { all: true })).toEqual([
      [
        { address: '1.1.1.1', family: 4 },
        { address: '2606:4700:4700::1111', family: 6 },
      ],
      undefined,
    ]);
    expect(await lookUp('receiver.test', {})).toEqual(['1.1.1.1', 4]);
  });

  test.each([
    [['127.0.0.1']],
    [['1.1.1.1', '10.0.0.1']],
    [['1.1.1.1', '::ffff:10.0.0.1']],
    [['::1', '1.1.1.1']],
  ])('that resolves to %j is refused altogether', async (addresses) => {
    NAMES['receiver.test'] = [addresses, addresses];
    for (const options of [{ all: true }, {}]) {
      await expect(lookUp('receiver.test', options)).rejects.toMatchObject({
        code: 'address_refused',
        message: expect.stringMatching(/^receiver\.test resolves to \S+, which is not a public address/),
      });
    }
  });
});

describe('a request', () => {
  const send = (url: string) =>
    sendHttp({
      url,
      method: 'POST',
      headers: {},
      body: '{}',
      signal: AbortSignal.timeout(5_000),
      keptBytes: 10,
    });

  test.each(['https://localhost:1/', 'https://LOCALHOST:1/'])('%s is not sent to loopback', async (url) => {
    await expect(send(url)).rejects.toMatchObject({ code: 'address_refused' });
  });

  test.each(['http://localhost:1/', 'http://1.1.1.1/', 'https://127.0.0.1:1/', 'https://[::1]:1/'])(
    '%s is refused before any name is looked up',
    async (url) => {
      await expect(send(url)).rejects.toMatchObject({ code: 'address_refused' });
      expect(lookups).toEqual([]);
    },
  );

  test('uses the address that was checked: the name is looked up once, and what it says next does not count', async () => {
    NAMES['rebinding.test'] = [['10.0.0.1'], ['1.1.1.1']];
    await expect(send('https://rebinding.test:1/')).rejects.toMatchObject({ code: 'address_refused' });
    expect(lookups).toEqual(['rebinding.test']);
  });

  test.each(['false', '1', 'TRUE', ''])(
    'the guard stays up where ALLOW_LOCAL_RECEIVERS is %j',
    async (value) => {
      process.env.ALLOW_LOCAL_RECEIVERS = value;
      await expect(send('https://127.0.0.1:1/')).rejects.toMatchObject({ code: 'address_refused' });
    },
  );
});
