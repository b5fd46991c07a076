import { expect, test } from '@jest/globals';
import { reference, resource, synthesize } from './synthesize.ts';

const template = synthesize({ apiRequestsPerSecond: 300, apiBurst: 200, logRetentionDays: 14 });

test.each([
  ['POST /v1/events', 'Publish'],
  ['ANY /v1/documents', 'DocumentsApi'],
  ['ANY /Document/{proxy+}', 'DocumentsApi'],
  ['ANY /v1/{proxy+}', 'Manage'],
  ['$default', 'Manage'],
])('%s goes to %s', (routeKey, name) => {
  const routes = Object.values(template.findResources('AWS::ApiGatewayV2::Route'));
  const route = routes.find(({ Properties }) => Properties.RouteKey === routeKey);
  const id = route?.Properties.Target['Fn::Join'][1][1].Ref;
  const integration = template.findResources('AWS::ApiGatewayV2::Integration')[id]?.Properties;
  expect(integration).toMatchObject({ IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0' });
  expect(reference(integration.IntegrationUri)).toBe(name);
});

test('there are no other routes', () => template.resourceCountIs('AWS::ApiGatewayV2::Route', 5));

test('the default stage deploys by itself, throttles, and logs each request without its headers', () => {
  const stage = resource(template, 'AWS::ApiGatewayV2::Stage', 'Api/Stage').Properties;
  expect(stage).toMatchObject({
    StageName: '$default',
    AutoDeploy: true,
    DefaultRouteSettings: { ThrottlingRateLimit: 300, ThrottlingBurstLimit: 200 },
  });
  expect(reference(stage.AccessLogSettings.DestinationArn)).toBe('ApiAccessLog');
  expect(Object.keys(JSON.parse(stage.AccessLogSettings.Format))).toEqual(
    expect.arrayContaining(['request_id', 'function_request_id', 'route', 'status', 'latency_ms']),
  );
  expect(stage.AccessLogSettings.Format).not.toMatch(/authorization/i);
  expect(resource(template, 'AWS::Logs::LogGroup', 'Api/AccessLog').Properties.RetentionInDays).toBe(14);
});
