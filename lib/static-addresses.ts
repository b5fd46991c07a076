import { RemovalPolicy } from 'aws-cdk-lib';
import {
  CfnEIP,
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  NatProvider,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ENV } from '../core/environment-names.ts';
import type { BundledFunction } from './bundled-function.ts';
import type { Network } from './network-access.ts';
import type { PlatformSettings } from './platform-settings.ts';

/**
 * A network whose requests leave through NAT gateways with addresses that stay. Only the function that sends is in it.
 *
 * Calls of DynamoDB go by a gateway endpoint, which is free. SQS, KMS, Scheduler and X-Ray go through NAT too: an
 * interface endpoint each would be $7.30 a month and zone, and what they carry (a few hundred bytes a retry, a data key an
 * hour) costs cents there.
 */
export class StaticAddresses extends Construct {
  /** One a zone. */
  readonly addresses: readonly string[];
  readonly network: Network;

  constructor(scope: Construct, id: string, settings: PlatformSettings) {
    super(scope, id);
    const zones = settings.staticAddresses;
    const elasticIps = Array.from({ length: zones }, (_, i) => this.elasticIp(`Address${i + 1}`, settings));
    this.addresses = elasticIps.map((elasticIp) => elasticIp.ref);
    const vpc = new Vpc(this, 'Network', {
      ipAddresses: IpAddresses.cidr('10.0.0.0/20'),
      maxAzs: zones,
      natGateways: zones,
      natGatewayProvider: NatProvider.gateway({
        eipAllocationIds: elasticIps.map(({ attrAllocationId }) => attrAllocationId),
      }),
      subnetConfiguration: [
        { name: 'Nat', subnetType: SubnetType.PUBLIC, cidrMask: 28, mapPublicIpOnLaunch: false },
        // Lambda takes an address for every 65,000 connections, not for every call.
        { name: 'Senders', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 24 },
      ],
      gatewayEndpoints: { DynamoDb: { service: GatewayVpcEndpointAwsService.DYNAMODB } },
      // Would be a function of the CDK's own. Nothing is in the default group.
      restrictDefaultSecurityGroup: false,
      flowLogs: { Refused: this.refusedTraffic(settings) },
    });
    const securityGroup = new SecurityGroup(this, 'Senders', {
      vpc,
      description: 'Sends to receivers; nothing may call it',
      // Receivers may be on any port. That none of them is private, the sender itself sees to.
      allowAllOutbound: true,
    });
    this.network = { vpc, securityGroups: [securityGroup] };
  }

  giveAddressesTo(fn: BundledFunction): void {
    fn.addEnvironment(ENV.staticAddresses, this.addresses.join(','));
  }

  /** Receivers have it in their lists, so it outlives the stack where data does. */
  private elasticIp(id: string, { production }: PlatformSettings): CfnEIP {
    const elasticIp = new CfnEIP(this, id, { domain: 'vpc' });
    elasticIp.applyRemovalPolicy(production ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY);
    return elasticIp;
  }

  /** What got through is in the deliveries' logs; a line for each connection would cost as much as everything else. */
  private refusedTraffic({ logRetentionDays: retention }: PlatformSettings) {
    const logGroup = new LogGroup(this, 'RefusedTraffic', {
      retention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    return {
      destination: FlowLogDestination.toCloudWatchLogs(logGroup),
      trafficType: FlowLogTrafficType.REJECT,
    };
  }
}
