import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Dialect } from '../../core/dialects/dialect.ts';
import { DIALECTS } from '../../core/dialects/index.ts';
import { isHashId } from '../../core/document.ts';
import {
  callableExample,
  fileEventData,
  fileEventType,
  fileEventTypes,
  knownTypes,
} from '../../core/file-events.ts';

const VERSION = { version: 'v.1/', size: 5, contentType: 'text/plain', etag: 'e', uploadedAt: 1 };
const PUBLISHED = fileEventData({ hashId: 'doc_1', path: 'a/b.txt' }, VERSION, 0, 'https://api.example.com');

/** An operator's own, whose catalogue promises something else of an upload. */
const OWN: Dialect = {
  ...DIALECTS.generic,
  name: 'own',
  fileEvents: { upload: 'upload.done', download: 'file.downloaded' },
  catalogue: [
    {
      type: 'upload.done',
      group: 'Own',
      description: 'Ours',
      example: { id: 1 },
      schema: { required: ['id'] },
    },
    { type: 'other.done', group: 'Own', description: 'Ours', example: { id: 1 }, schema: {} },
  ],
};

const dialects: readonly Dialect[] = [...Object.values(DIALECTS), OWN];

describe.each(dialects.map((dialect) => [dialect.name, dialect] as const))('in %s', (_name, dialect) => {
  test.each(['upload', 'download'] as const)('what is published of an %s is what is promised', (kind) => {
    const types = knownTypes(dialect) ?? fileEventTypes(dialect);
    const found = types.filter(({ type }) => type === fileEventType(dialect, kind));
    expect(found).toHaveLength(1);
    const [{ example, schema }] = found as [(typeof found)[0]];
    expect(Object.keys(PUBLISHED)).toEqual(expect.arrayContaining(Object.keys(example)));
    const ajv = new Ajv2020({ strict: true, validateFormats: false });
    expect([ajv.validate(schema, PUBLISHED), ajv.validate(schema, example)]).toEqual([true, true]);
  });
});

test.each(dialects.map((dialect) => [dialect.name, dialect] as const))(
  'a test event of %s about a file asks for a call of the deployment, of an id as true ones are',
  (_name, dialect) => {
    const url = 'https://abc123.execute-api.eu-central-1.amazonaws.com';
    for (const kind of ['upload', 'download'] as const) {
      const type = fileEventType(dialect, kind);
      const shown = (knownTypes(dialect) ?? fileEventTypes(dialect)).find((known) => known.type === type);
      const data = callableExample(shown?.example, url);
      const { documentHashId, version, callback } = data as ReturnType<typeof fileEventData>;
      expect(isHashId(documentHashId)).toBe(true);
      expect(callback).toEqual({
        method: 'GET',
        url: `${url}/Document/${documentHashId}?version=${encodeURIComponent(version)}`,
      });
    }
    expect(callableExample({ a: 1 }, url)).toEqual({ a: 1 });
  },
);

test("a catalogue keeps its names, groups and descriptions, and what is not the platform's", () => {
  expect(knownTypes(OWN)?.map(({ type, description }) => [type, description])).toEqual([
    ['upload.done', 'Ours'],
    ['other.done', 'Ours'],
    ['file.downloaded', 'A document was fetched for download'],
  ]);
  expect(knownTypes(OWN)?.[1]?.example).toEqual({ id: 1 });
  expect(DIALECTS.generic.catalogue).toHaveLength(9);
});
