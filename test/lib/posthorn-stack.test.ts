import { expect, jest, test } from '@jest/globals';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { makeStack, resource, synthesize } from './synthesize.ts';

const template = synthesize();

test('the outputs are the names that scripts rely on', () => {
  expect(Object.keys(template.toJSON().Outputs).sort()).toEqual([
    'AlarmTopicArn',
    'AlertsFunctionName',
    'ApiUrl',
    'BusDeadLetterQueueUrl',
    'BusIntakeFunctionName',
    'BusQueueUrl',
    'DashboardName',
    'DeliverFunctionName',
    'DeliveriesTableName',
    'DeliveryDeadLetterQueueUrl',
    'DeliveryQueueUrl',
    'DirectoryTableName',
    'DispatchFunctionName',
    'DocumentsBucketName',
    'DocumentsDeadLetterQueueUrl',
    'DocumentsFunctionName',
    'DocumentsIntakeFunctionName',
    'DocumentsQueueUrl',
    'DocumentsTableName',
    'EventBusName',
    'EventsTableName',
    'FanOutDeadLetterQueueUrl',
    'FanOutFunctionName',
    'FanOutQueueUrl',
    'JournalFunctionName',
    'ManageFunctionName',
    'NoticeDeadLetterQueueUrl',
    'NoticeQueueUrl',
    'ObserveFunctionName',
    'OperationalBusName',
    'OperatorKeySecretName',
    'PoisonQueueUrl',
    'PublishFunctionName',
    'RedispatchFunctionName',
    'ScheduleDeadLetterQueueUrl',
    'ScheduleGroupName',
    'StatsTableName',
  ]);
});

test('the API’s address has no slash at its end: what people append begins with one', () => {
  const { Value } = template.toJSON().Outputs.ApiUrl;
  const apis = Object.keys(template.findResources('AWS::ApiGatewayV2::Api'));
  expect(Value).toEqual({ 'Fn::GetAtt': [apis[0], 'ApiEndpoint'] });
  const { stack } = makeStack();
  expect(stack.resolve(stack.platform.apiUrl)).toEqual(Value);
  const { DASHBOARD_URL } = functionOf('Alerts').Properties.Environment.Variables;
  expect(DASHBOARD_URL).toEqual({ 'Fn::Join': ['', [Value, '/docs']] });
});

function functionOf(name: string) {
  return resource(template, 'AWS::Lambda::Function', name);
}

test.each([
  'AWS::DynamoDB::Table',
  'AWS::SQS::Queue',
  'AWS::Lambda::Function',
  'AWS::KMS::Key',
  'AWS::Logs::LogGroup',
])('every %s is tagged', (type) => {
  template.allResourcesProperties(type, {
    Tags: Match.arrayWith([{ Key: 'service', Value: 'posthorn' }]),
  });
});

test('the stack cannot be deleted by accident in production', () => {
  expect(makeStack().stack.terminationProtection).toBe(true);
  expect(makeStack({ production: false }).stack.terminationProtection).toBe(false);
});

test('local receivers in production draw a warning', () => {
  // The CDK prints a report of what it found as well.
  const print = jest.spyOn(console, 'error').mockImplementation(() => {});
  const warnings = (stack: ReturnType<typeof makeStack>['stack']) =>
    Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('allowLocalReceivers'));
  expect(warnings(makeStack({ allowLocalReceivers: true }).stack)).toHaveLength(1);
  expect(warnings(makeStack({ allowLocalReceivers: true, production: false }).stack)).toHaveLength(0);
  expect(warnings(makeStack().stack)).toHaveLength(0);
  expect(print.mock.calls.map(([text]) => /allowLocalReceivers is true/.test(String(text)))).toEqual([true]);
  print.mockRestore();
});
