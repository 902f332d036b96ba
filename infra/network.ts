import { isIPv4, isIPv6 } from 'node:net'
import * as ec2 from 'aws-cdk-lib/aws-ec2'
import { Validations } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { InvalidConfig } from '../src/core/errors.ts'
import type { Project } from './project.ts'

/** Where the bridge's function stands when the bridge is reached through a VPC. */
export interface Network {
  readonly vpc: ec2.IVpc
  readonly securityGroup: ec2.SecurityGroup
}

/**
 * A security group in the VPC of the configuration, which exists already: out to the bridge's port and to AWS's own
 * APIs, in from nowhere. Answers nothing where no VPC is configured.
 */
export function addNetwork(scope: Construct, { settings, config }: Project): Network | undefined {
  if (settings.vpc === undefined) return undefined
  const { id, zones, subnets } = settings.vpc
  const vpc = ec2.Vpc.fromVpcAttributes(scope, 'Vpc', {
    vpcId: id,
    // One zone a subnet, as the construct wants them; it reads no more of them than their number.
    availabilityZones: subnets.map((_, index) => zones[index % zones.length]!),
    privateSubnetIds: [...subnets],
  })
  Validations.of(vpc).acknowledge({
    id: 'Annotation::@aws-cdk/aws-ec2:noSubnetRouteTableId',
    reason: 'nobody asks for the route tables of these subnets',
  })
  const securityGroup = new ec2.SecurityGroup(scope, 'BridgeAccess', {
    vpc,
    description: `${settings.stack}: from the bridge function to the bridge and to APIs of AWS`,
    allowAllOutbound: false,
  })
  const { host, port } = addressOf(settings.bridge?.url ?? config.bridge.url)
  securityGroup.addEgressRule(peerOf(host), ec2.Port.tcp(port), 'the bridge')
  securityGroup.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'APIs of AWS')
  return { vpc, securityGroup }
}

function addressOf(url: string | undefined): { readonly host: string; readonly port: number } {
  if (url === undefined) {
    throw new InvalidConfig(
      'aws.vpc is there to reach a bridge, and no bridge is configured; set aws.bridge or bridge in reops.config.ts, or leave aws.vpc out',
    )
  }
  const { hostname, port } = new URL(url.replace(/^tcp:/, 'http:'))
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 80 : Number(port) }
}

/** An address alone; for a name, which may come to mean another address, any. */
function peerOf(host: string): ec2.IPeer {
  if (isIPv4(host)) return ec2.Peer.ipv4(`${host}/32`)
  return isIPv6(host) ? ec2.Peer.ipv6(`${host}/128`) : ec2.Peer.anyIpv4()
}
