import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ENV } from '../core/environment-names.ts';
import type { BundledFunction } from './bundled-function.ts';
import type { PlatformSettings } from './platform-settings.ts';

/** One JSON object a request. Keys are never in it: they travel in a header. */
const ACCESS_LOG = AccessLogFormat.custom(
  JSON.stringify({
    request_id: '$context.requestId',
    // What the function's own log lines have.
    function_request_id: '$context.integration.requestId',
    time: '$context.requestTime',
    ip: '$context.identity.sourceIp',
    route: '$context.routeKey',
    path: '$context.path',
    status: '$context.status',
    bytes: '$context.responseLength',
    latency_ms: '$context.responseLatency',
    integration_latency_ms: '$context.integrationLatency',
    integration_error: '$context.integrationErrorMessage',
  }),
);

/** The functions that answer. */
export interface ApiFunctions {
  readonly publish: IFunction;
  readonly manage: IFunction;
  readonly documentsApi: IFunction;
}

/**
 * The HTTP API: publishing and documents go to functions of their own, everything else, unknown paths too, to another. It is there before its
 * functions, since some of them tell others its address.
 */
export class Api extends Construct {
  /** Where it answers, without a slash at its end. */
  readonly url: string;
  readonly httpApi: HttpApi;

  constructor(scope: Construct, id: string, settings: PlatformSettings) {
    super(scope, id);
    this.httpApi = new HttpApi(this, 'Http', { createDefaultStage: false });
    new HttpStage(this, 'Stage', {
      httpApi: this.httpApi,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: settings.apiRequestsPerSecond, burstLimit: settings.apiBurst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(
          new LogGroup(this, 'AccessLog', {
            retention: settings.logRetentionDays,
            removalPolicy: RemovalPolicy.DESTROY,
          }),
        ),
        format: ACCESS_LOG,
      },
    });
    // Not the stage's own, which ends in a slash.
    this.url = this.httpApi.apiEndpoint;
  }

  /** Has the functions answer. */
  serve({ publish, manage, documentsApi }: ApiFunctions): void {
    const toPublish = new HttpLambdaIntegration('ToPublish', publish);
    const toManage = new HttpLambdaIntegration('ToManage', manage);
    this.route('Publish', HttpRouteKey.with('/v1/events', HttpMethod.POST), toPublish);
    const toDocuments = new HttpLambdaIntegration('ToDocuments', documentsApi);
    this.route('Documents', HttpRouteKey.with('/v1/documents', HttpMethod.ANY), toDocuments);
    this.route('Document', HttpRouteKey.with('/Document/{proxy+}', HttpMethod.ANY), toDocuments);
    this.route('Manage', HttpRouteKey.with('/v1/{proxy+}', HttpMethod.ANY), toManage);
    this.route('Default', HttpRouteKey.DEFAULT, toManage);
  }

  /** Tells a function where the API answers. */
  giveAddressTo(fn: BundledFunction): void {
    fn.addEnvironment(ENV.apiUrl, this.url);
  }

  private route(id: string, routeKey: HttpRouteKey, integration: HttpLambdaIntegration): void {
    const route = new HttpRoute(this, id, {
      httpApi: this.httpApi,
      routeKey,
      integration,
    });
    Validations.of(route).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason: 'Keys are checked inside the functions: an authorizer of an HTTP API cannot shape its errors.',
    });
  }
}
