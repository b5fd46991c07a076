import { expect, test } from '@jest/globals';
import { LISTED_ATTRIBUTES } from '../../core/delivery.ts';
import { resource, synthesize } from './synthesize.ts';

const TABLE = 'AWS::DynamoDB::Table';
const template = synthesize();
const local = synthesize({ production: false });
const tables = [
  'Storage/Directory',
  'Storage/Events',
  'Storage/Deliveries',
  'Storage/Documents',
  'Storage/Stats',
];
const WITH_STREAM = ['Storage/Events', 'Storage/Deliveries'];

test.each(tables)('%s is billed by the request and forgets items by their ttl', (path) => {
  expect(resource(template, TABLE, path).Properties).toMatchObject({
    BillingMode: 'PAY_PER_REQUEST',
    TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
  });
});

test.each(tables)('%s survives mistakes in production', (path) => {
  const table = resource(template, TABLE, path);
  expect(table.DeletionPolicy).toBe('Retain');
  expect(table.Properties).toMatchObject({
    DeletionProtectionEnabled: true,
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  });
});

test.each(tables)('%s goes with its stack elsewhere', (path) => {
  const table = resource(local, TABLE, path);
  expect(table.DeletionPolicy).toBe('Delete');
  expect(table.Properties).toMatchObject({
    DeletionProtectionEnabled: false,
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
  });
});

test.each(tables)('%s streams both images exactly where something must follow it', (path) => {
  expect(resource(template, TABLE, path).Properties.StreamSpecification).toEqual(
    WITH_STREAM.includes(path) ? { StreamViewType: 'NEW_AND_OLD_IMAGES' } : undefined,
  );
});

test.each([
  ['Storage/Directory', ['pk', 'sk'], { 'by-kind': ['kpk', 'ksk'] }],
  ['Storage/Events', ['pk'], {}],
  ['Storage/Stats', ['pk', 'sk'], {}],
  ['Storage/Deliveries', ['pk', 'sk'], { 'by-trouble': ['tpk', 'tsk'] }],
  ['Storage/Documents', ['pk', 'sk'], { 'by-time': ['tpk', 'tsk'] }],
])('%s has the keys %j and the indexes %j', (path, keys, indexes) => {
  const { KeySchema, GlobalSecondaryIndexes = [] } = resource(template, TABLE, path).Properties;
  const names = (schema: { AttributeName: string }[]) => schema.map(({ AttributeName }) => AttributeName);
  expect(names(KeySchema)).toEqual(keys);
  expect(
    Object.fromEntries(
      GlobalSecondaryIndexes.map((index: { IndexName: string; KeySchema: never[] }) => [
        index.IndexName,
        names(index.KeySchema),
      ]),
    ),
  ).toEqual(indexes);
  const listed = { ProjectionType: 'INCLUDE', NonKeyAttributes: [...LISTED_ATTRIBUTES] };
  for (const { IndexName, Projection } of GlobalSecondaryIndexes) {
    expect(Projection).toEqual(IndexName === 'by-trouble' ? listed : { ProjectionType: 'ALL' });
  }
});
