import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { bundledCode } from './bundle.ts';
import { allowNetwork, keepNetworkFromCode, type Network } from './network-access.ts';
import type { PlatformSettings } from './platform-settings.ts';

export interface BundledFunctionProps {
  /** Name of a file in lambdas/, without its ending. */
  readonly entry: string;
  readonly description: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly reservedConcurrency?: number;
  /** Whether the function may put messages on the queue that calls it; Lambda stops such loops after 16 rounds. */
  readonly feedsItself?: boolean;
  /** Where its requests leave from; anywhere in AWS unless said. */
  readonly network?: Network;
}

/** A function of lambdas/, with a log of its own and a role that can do nothing else until it is given something. */
export class BundledFunction extends lambda.Function {
  constructor(scope: Construct, id: string, settings: PlatformSettings, props: BundledFunctionProps) {
    const logGroup = new LogGroup(scope, `${id}Log`, {
      retention: settings.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    if (props.network !== undefined) allowNetwork(role);
    super(scope, id, {
      code: bundledCode(props.entry),
      handler: 'index.handler',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      description: props.description,
      timeout: Duration.seconds(props.timeoutSeconds),
      memorySize: props.memoryMb,
      environment: { ...props.environment },
      reservedConcurrentExecutions: props.reservedConcurrency,
      recursiveLoop: props.feedsItself ? lambda.RecursiveLoop.ALLOW : lambda.RecursiveLoop.TERMINATE,
      loggingFormat: lambda.LoggingFormat.JSON,
      // At INFO every call writes a start and a report line, about 1 KB or $0.50 per million calls; metrics say the same.
      systemLogLevelV2: lambda.SystemLogLevel.WARN,
      logGroup,
      role,
      ...props.network,
    });
    if (props.network !== undefined) keepNetworkFromCode(this, role);
  }
}
