import { findDrift, type Template, type WantedResource, wantedResources } from '../../local/drift.ts';
import { arnOf, describeDrift } from '../../local/repair.ts';

const deadLetterUrl = 'http://127.0.0.1:4566/000000000000/dead';
const template: Template = {
  Resources: {
    Dead: { Type: 'AWS::SQS::Queue' },
    Queue: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 5 },
        VisibilityTimeout: 270,
        Tags: [{ Key: 'service', Value: 'posthorn' }],
      },
    },
    Role: { Type: 'AWS::IAM::Role', Properties: { Path: '/' } },
  },
};
const physicalIds = { Dead: deadLetterUrl, Queue: 'http://127.0.0.1:4566/000000000000/queue', Role: 'role' };

function resource(type: string, properties: Record<string, unknown>): WantedResource {
  return { logicalId: 'R', type, physicalId: 'r', properties };
}

describe('what a template asks for', () => {
  const wanted = wantedResources(template, physicalIds, arnOf);

  test('only resources that set a watched property are compared', () => {
    expect(wanted.map(({ logicalId }) => logicalId)).toEqual(['Queue']);
  });

  test('only watched properties are compared, with references resolved', () => {
    expect(wanted[0]?.properties).toEqual({
      RedrivePolicy: { deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:dead', maxReceiveCount: 5 },
      VisibilityTimeout: 270,
    });
  });

  test('a resource that was never made is left out', () => {
    expect(wantedResources(template, {}, arnOf)).toEqual([]);
  });
});

describe('drift', () => {
  test.each([
    ['a number that the service answers as text', { VisibilityTimeout: 270 }, { VisibilityTimeout: '270' }],
    [
      'members that the service adds',
      { StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' } },
      { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' } },
    ],
    ['an equal list', { FunctionResponseTypes: ['A'] }, { FunctionResponseTypes: ['A'] }],
  ])('is not: %s', (_name, wanted, actual) => {
    expect(findDrift(resource('X', wanted), actual)).toEqual([]);
  });

  test.each([
    ['a property that is missing', { ReservedConcurrentExecutions: 5 }, {}],
    ['another value', { DelaySeconds: 1 }, { DelaySeconds: '0' }],
    ['a shorter list', { FunctionResponseTypes: ['A'] }, { FunctionResponseTypes: [] }],
    [
      'another member',
      { TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' } },
      { TimeToLiveSpecification: { Enabled: false } },
    ],
  ])('is: %s', (_name, wanted, actual) => {
    const [property, value] = Object.entries(wanted)[0]!;
    expect(findDrift(resource('X', wanted), actual)).toEqual([
      expect.objectContaining({ property, wanted: value }),
    ]);
  });

  test('is described with both values', () => {
    const [drift] = findDrift(resource('X', { DelaySeconds: 1 }), { DelaySeconds: '0' });
    expect(describeDrift(drift!)).toBe('R: DelaySeconds is "0", but should be 1');
  });
});
