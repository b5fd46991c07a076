import { localAwsEnvironment } from '../../local/aws.ts';
import { givenEndpoint } from '../../local/local-aws.ts';
import { portFromEnvironment } from '../../local/place.ts';
import { contextArguments, demoDialect, localContext } from '../../local/stack-settings.ts';

describe('POSTHORN_PORT', () => {
  test.each([
    [undefined, 4566],
    ['', 4566],
    ['4700', 4700],
  ])('%p is port %d', (POSTHORN_PORT, port) => {
    expect(portFromEnvironment({ POSTHORN_PORT })).toBe(port);
  });

  test.each(['x', '0', '70000', '45.5'])('"%s" is refused and quoted', (POSTHORN_PORT) => {
    expect(() => portFromEnvironment({ POSTHORN_PORT })).toThrow(
      `POSTHORN_PORT is "${POSTHORN_PORT}", but must be a port from 1 to 65535.`,
    );
  });
});

describe('AWS_ENDPOINT_URL', () => {
  test.each([
    [undefined, null],
    ['', null],
    ['http://127.0.0.1:4566/', 'http://127.0.0.1:4566'],
    ['http://localstack:4566', 'http://localstack:4566'],
  ])('%p is %p', (AWS_ENDPOINT_URL, endpoint) => {
    expect(givenEndpoint({ AWS_ENDPOINT_URL })).toBe(endpoint);
  });

  test.each([
    'https://dynamodb.us-east-1.amazonaws.com',
    'https://sqs.cn-north-1.amazonaws.com.cn',
    'https://lambda.eu-west-1.api.aws',
  ])('%s is AWS itself and refused', (AWS_ENDPOINT_URL) => {
    expect(() => givenEndpoint({ AWS_ENDPOINT_URL })).toThrow('which is AWS itself');
  });

  test.each(['localhost:4566', 'nonsense'])('"%s" is no URL and refused', (AWS_ENDPOINT_URL) => {
    expect(() => givenEndpoint({ AWS_ENDPOINT_URL })).toThrow(`AWS_ENDPOINT_URL is "${AWS_ENDPOINT_URL}"`);
  });
});

test("cdk sees none of the user's own AWS settings", () => {
  const env = localAwsEnvironment('http://127.0.0.1:1', {
    AWS_PROFILE: 'prod',
    AWS_SESSION_TOKEN: 't',
    PATH: '/bin',
  });
  expect(env).toEqual({
    PATH: '/bin',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
  });
});

describe('the local stack', () => {
  test('relaxes what only a local stack may', () => {
    expect(localContext()).toEqual({
      production: false,
      allowLocalReceivers: true,
      extraDialects: [demoDialect],
      traceSampling: 0,
      alertSender: 'alerts@posthorn.example',
    });
  });

  test('is told through the context, everything but text as JSON', () => {
    expect(
      contextArguments({ maxQueueDelaySeconds: 2, stackName: 'x', extraDialects: [{ name: 'd' }] }),
    ).toEqual([
      '--context',
      'maxQueueDelaySeconds=2',
      '--context',
      'stackName=x',
      '--context',
      'extraDialects=[{"name":"d"}]',
    ]);
  });
});
