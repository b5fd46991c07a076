import { expect, test } from '@jest/globals';
import { reference, resource, synthesize } from './synthesize.ts';

const template = synthesize();

test('every event that names its tenant goes from the bus to the queue, and nowhere else', () => {
  template.resourceCountIs('AWS::Events::EventBus', 2);
  const rules = Object.values(template.findResources('AWS::Events::Rule'));
  expect(rules.filter(({ Properties }) => Properties.EventBusName !== undefined)).toHaveLength(1);
  const { EventBusName, EventPattern, State, Targets } = resource(
    template,
    'AWS::Events::Rule',
    'Bus/Events',
  ).Properties;
  expect(reference(EventBusName)).toBe('BusEventBus');
  expect([State, EventPattern]).toEqual(['ENABLED', { detail: { tenant_id: [{ exists: true }] } }]);
  expect(Targets).toHaveLength(1);
  expect(reference(Targets[0].Arn)).toBe('QueuesBus');
  expect(Targets[0].InputPath ?? Targets[0].InputTransformer).toBeUndefined();
});

test('what EventBridge cannot put on the queue goes to the dead letters', () => {
  const [target] = resource(template, 'AWS::Events::Rule', 'Bus/Events').Properties.Targets;
  expect(reference(target.DeadLetterConfig.Arn)).toBe('QueuesBusDeadLetters');
});

test.each(['QueuesBus', 'QueuesBusDeadLetters'])('only that rule may put anything on %s', (queue) => {
  const policies = Object.values(template.findResources('AWS::SQS::QueuePolicy'));
  const own = policies.find((policy) => reference(policy.Properties.Queues[0]) === queue);
  const allowed = own?.Properties.PolicyDocument.Statement.find(
    ({ Effect }: { Effect: string }) => Effect === 'Allow',
  );
  expect(allowed.Principal).toEqual({ Service: 'events.amazonaws.com' });
  expect(reference(allowed.Condition.ArnEquals['aws:SourceArn'])).toBe('BusEvents');
});

test.each(['Bus', 'OperationalBus'])(
  '%s has no policy, so that only the account itself can put events on it',
  (id) => {
    template.resourceCountIs('AWS::Events::EventBusPolicy', 0);
    expect(resource(template, 'AWS::Events::EventBus', `${id}/EventBus`).Properties.Policy).toBeUndefined();
  },
);

test('nothing that the platform says of itself is taken in: no rule stands on that bus', () => {
  const rules = Object.values(template.findResources('AWS::Events::Rule'));
  const buses = rules.map(({ Properties }) => Properties.EventBusName && reference(Properties.EventBusName));
  expect(buses).not.toContain('OperationalBusEventBus');
});
