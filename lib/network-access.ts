import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
import { Effect, type IRole, Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { acceptWildcard, allow } from './allow.ts';

/** Where a function's requests leave from. */
export interface Network {
  readonly vpc: IVpc;
  readonly securityGroups: ISecurityGroup[];
}

/** What Lambda does as a function's role to put it into a network (AWSLambdaVPCAccessExecutionRole, without its logs). */
const INTERFACE_ACTIONS = [
  'CreateNetworkInterface',
  'DescribeNetworkInterfaces',
  'DescribeSubnets',
  'DeleteNetworkInterface',
  'AssignPrivateIpAddresses',
  'UnassignPrivateIpAddresses',
];

/** Lets Lambda connect a function to a network. Must be there before the function is. */
export function allowNetwork(role: IRole): void {
  allow(role, 'ec2', INTERFACE_ACTIONS, '*');
  acceptWildcard(role, '*', 'Lambda makes and finds interfaces of its own, whose names nobody knows before.');
}

/** Keeps the function's own code from it (AWS Lambda Developer Guide, "Giving Lambda functions access to resources in a VPC"). */
export function keepNetworkFromCode(fn: LambdaFunction, role: IRole): void {
  // A policy of its own: in the role's, which the function waits for, each would wait for the other.
  new Policy(fn, 'NoInterfacesForCode', {
    roles: [role],
    statements: [
      new PolicyStatement({
        effect: Effect.DENY,
        actions: INTERFACE_ACTIONS.map((action) => `ec2:${action}`),
        resources: ['*'],
        conditions: { ArnEquals: { 'lambda:SourceFunctionArn': fn.functionArn } },
      }),
    ],
  });
}
