import { describe, expect, test } from '@jest/globals';
import { AwsSolutionsChecks } from 'cdk-nag';
import { makeStack, nameOf, permissions, reference, resource, synthesize } from './synthesize.ts';

const FUNCTION = 'AWS::Lambda::Function';
const template = synthesize({ staticAddresses: 2 });
const named = (type: string, from = template) => Object.keys(from.findResources(type)).map(nameOf).sort();

test('no network is made unless somebody asks for fixed addresses', () => {
  const without = synthesize();
  expect(named('AWS::EC2::VPC', without)).toEqual([]);
  expect(named('AWS::EC2::EIP', without)).toEqual([]);
  expect(without.toJSON().Outputs.StaticAddresses).toBeUndefined();
});

test.each([1, 2])(
  '%i asked for are as many addresses, each behind a NAT gateway in a zone of its own',
  (zones) => {
    const { Resources } = synthesize({ staticAddresses: zones }).toJSON();
    const all = Object.values(
      Resources as Record<string, { Type: string; Properties: Record<string, unknown> }>,
    );
    const gateways = all.filter(({ Type }) => Type === 'AWS::EC2::NatGateway');
    const addresses = gateways.map(({ Properties }) => reference(Properties.AllocationId)).sort();
    expect(addresses).toEqual(['StaticAddressesAddress1', 'StaticAddressesAddress2'].slice(0, zones));
    const subnets = all.filter(({ Type }) => Type === 'AWS::EC2::Subnet');
    expect(new Set(subnets.map(({ Properties }) => JSON.stringify(Properties.AvailabilityZone))).size).toBe(
      zones,
    );
  },
);

test('the function that sends is in the private subnets, and no other function is', () => {
  const inside = Object.entries(template.findResources(FUNCTION)).filter(([, fn]) => fn.Properties.VpcConfig);
  expect(inside.map(([id]) => nameOf(id))).toEqual(['Deliver']);
  const { SubnetIds, SecurityGroupIds } = resource(template, FUNCTION, 'Deliver').Properties.VpcConfig;
  expect(SubnetIds.map(reference)).toEqual([
    'StaticAddressesNetworkSendersSubnet1Subnet',
    'StaticAddressesNetworkSendersSubnet2Subnet',
  ]);
  expect(SecurityGroupIds.map(reference)).toEqual(['StaticAddressesSenders']);
});

test('nothing can call it, and DynamoDB is reached past the NAT gateways', () => {
  const group = resource(template, 'AWS::EC2::SecurityGroup', 'StaticAddresses/Senders').Properties;
  expect(group.SecurityGroupIngress).toBeUndefined();
  expect(named('AWS::EC2::SecurityGroupIngress')).toEqual([]);
  const endpoint = resource(template, 'AWS::EC2::VPCEndpoint', 'StaticAddresses/Network/DynamoDb').Properties;
  expect(endpoint).toMatchObject({ VpcEndpointType: 'Gateway' });
  expect(reference(endpoint.ServiceName)).toMatch(/\.dynamodb$/);
  expect(endpoint.RouteTableIds.map(reference)).toContain('StaticAddressesNetworkSendersSubnet1RouteTable');
});

test('the addresses are told by the API and by an output', () => {
  const both = 'StaticAddressesAddress1,StaticAddressesAddress2';
  const { Variables } = resource(template, FUNCTION, 'Manage').Properties.Environment;
  expect(reference(Variables.STATIC_ADDRESSES)).toBe(both);
  expect(reference(template.toJSON().Outputs.StaticAddresses.Value)).toBe(both.replace(',', ' '));
});

test('they outlive a production stack, since receivers have them in their lists', () => {
  const policyOf = (production: boolean) =>
    resource(synthesize({ staticAddresses: 1, production }), 'AWS::EC2::EIP', 'StaticAddresses/Address1')
      .DeletionPolicy;
  expect(policyOf(true)).toBe('Retain');
  expect(policyOf(false)).toBe('Delete');
});

describe('the rights of the sender', () => {
  const interfaces = [
    'AssignPrivateIpAddresses',
    'CreateNetworkInterface',
    'DeleteNetworkInterface',
    'DescribeNetworkInterfaces',
    'DescribeSubnets',
    'UnassignPrivateIpAddresses',
  ].map((action) => `ec2:${action} *`);
  const all = permissions(template, 'DeliverRole').filter((line) => line.startsWith('ec2:'));

  test('are those that Lambda needs to connect it', () => {
    expect(all.filter((line) => !line.includes('{'))).toEqual(interfaces);
    const { ManagedPolicyArns } = resource(template, 'AWS::IAM::Role', 'DeliverRole').Properties;
    expect(ManagedPolicyArns).toBeUndefined();
  });

  test('are denied to its own code', () => {
    const policies = Object.values(template.findResources('AWS::IAM::Policy'));
    const policy = policies.find((one) =>
      one.Properties.PolicyDocument.Statement.some(({ Effect }: { Effect: string }) => Effect === 'Deny'),
    );
    const { PolicyDocument, Roles } = policy?.Properties ?? {};
    const [{ Action, Condition, ...denied }] = PolicyDocument.Statement;
    expect(Action.map((action: string) => `${action} *`).sort()).toEqual(interfaces);
    expect(denied).toEqual({ Effect: 'Deny', Resource: '*' });
    expect(reference(Condition.ArnEquals['lambda:SourceFunctionArn'])).toBe('Deliver');
    expect(Roles.map(reference)).toEqual(['DeliverRole']);
  });

  test('are no one else’s', () => {
    const others = named('AWS::IAM::Role').filter((role) => role !== 'DeliverRole');
    const found = others.flatMap((role) => permissions(template, role));
    expect(found.filter((line) => line.startsWith('ec2:'))).toEqual([]);
  });
});

test('there is no function of the CDK’s own', () => {
  expect(named(FUNCTION)).toEqual(named(FUNCTION, synthesize()));
});

test.each([
  ['anywhere', undefined],
  ['in a named account and region', { account: '123456789012', region: 'eu-central-1' }],
])('the checks of AWS Solutions pass, %s', (_case, env) => {
  const { app } = makeStack({ staticAddresses: 2 }, env);
  expect(new AwsSolutionsChecks(app).validateScope(app)).toEqual({ success: true, violations: [] });
});
