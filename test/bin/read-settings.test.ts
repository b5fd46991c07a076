import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { readSettings } from '../../bin/read-settings.ts';

const dir = mkdtempSync(join(tmpdir(), 'posthorn-settings-'));
afterAll(() => rmSync(dir, { recursive: true }));

test('nothing said is a stack called posthorn with the defaults', () => {
  expect(readSettings({})).toEqual({ stackName: 'posthorn', region: undefined, platform: {} });
});

test('the text of a command line becomes typed props', () => {
  expect(
    readSettings({
      stackName: 'hooks-eu',
      region: 'eu-central-1',
      production: 'false',
      retentionDays: '90',
      alarmEmail: 'ops@example.com',
      documentsOrigins: 'https://a.example,https://b.example',
      allowLocalReceivers: 'true',
      extraDialects: '[{"name":"seventh"}]',
    }),
  ).toEqual({
    stackName: 'hooks-eu',
    region: 'eu-central-1',
    platform: {
      production: false,
      retentionDays: 90,
      alarmEmail: 'ops@example.com',
      documentsOrigins: ['https://a.example', 'https://b.example'],
      allowLocalReceivers: true,
      extraDialects: [{ name: 'seventh' }],
    },
  });
});

test('cdk.json may hold the values themselves', () => {
  const context = { production: true, retentionDays: 90, extraDialects: [{ name: 'seventh' }] };
  expect(readSettings(context).platform).toEqual(context);
});

test('dialects can stand in a file', () => {
  const file = join(dir, 'dialects.json');
  writeFileSync(file, '[{"name":"seventh"}]');
  expect(readSettings({ extraDialects: file }).platform.extraDialects).toEqual([{ name: 'seventh' }]);
});

test("the CDK's own context is not ours to judge", () => {
  const context = { '@aws-cdk/core:someFlag': true, 'aws:cdk:bundling-stacks': [], 'cli-telemetry': false };
  expect(readSettings(context).platform).toEqual({});
});

test.each([
  [{ retentionDay: '90' }, /^"retentionDay" is no setting; the settings are stackName, region, production, /],
  [{ retentionDays: 'ninety' }, /^retentionDays is "ninety"; it must be a number$/],
  [{ retentionDays: '' }, /^retentionDays is ""; it must be a number$/],
  [{ production: 'yes' }, /^production is "yes"; it must be true or false$/],
  [{ stackName: '1st' }, /^stackName is "1st"; it must be a letter, then/],
  [{ region: 'Frankfurt' }, /^region is "Frankfurt"; it must be a region such as eu-central-1$/],
  [{ alarmEmail: 7 }, /^alarmEmail is 7; it must be text$/],
  [
    { extraDialects: '[{' },
    /^extraDialects is "\[\{"; it must be a JSON array or the path of a file that holds one \(/,
  ],
  [{ extraDialects: 'nowhere.json' }, /^extraDialects is "nowhere.json"; it must be .*ENOENT/],
])('%j is refused in words that quote it', (context, message) => {
  expect(() => readSettings(context)).toThrow(message);
});
