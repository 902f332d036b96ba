import type { SystemSpec } from '../../core/systems/spec.ts'
import type { Ec2Settings } from './desk.ts'
import { fitsOnlyOne, imageOf, isImage } from './image.ts'

/** Devices of volumes: AWS recommends these letters. */
export const volumeDevices = [...'fghijklmnop'].map(letter => `/dev/sd${letter}`)

/** Kinds of disks that need no more said than their size. */
const kinds: ReadonlySet<string> = new Set(['gp3', 'gp2', 'st1', 'sc1', 'standard'])

/** What no instance can be of what is asked for, each in a sentence. */
export function check(settings: Ec2Settings, spec: SystemSpec): string[] {
  const { node, cpu, ram, firmware, network, volumes, ec2 } = spec
  const os = imageOf(spec, settings)
  const strange = volumes.find(({ pool }) => pool !== undefined && !kinds.has(pool))
  return [
    ec2 === undefined && "nothing says which type of instance: begin with ec2('t4g.micro')",
    node !== undefined && `instances of EC2 stand on no node: leave ${node} out`,
    (cpu ?? ram) !== undefined &&
      'an instance has the processors and the memory of its type: leave those out, and name a type that has them',
    firmware !== undefined && `the firmware is the image's: leave ${firmware} out`,
    network !== undefined && 'an instance is in a subnet: leave the network out, and name subnets or zones',
    ec2?.zones !== undefined && ec2.subnets !== undefined && 'a subnet is in a zone: name subnets or zones',
    !isImage(os) &&
      `${os} is no image: write ami-…, or the parameter that holds one, such as /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{arch}`,
    ec2 !== undefined &&
      isImage(os) &&
      fitsOnlyOne(os, ec2.types) &&
      `no image is for the architectures of all of ${ec2.types.join(', ')}: name types of one, or a parameter with {arch} in it`,
    volumes.length > volumeDevices.length &&
      `an instance takes ${volumeDevices.length} volumes; ${volumes.length} are asked for`,
    strange !== undefined && `${strange.pool} is no kind of disk here: use one of ${[...kinds].join(', ')}`,
  ].filter(said => typeof said === 'string')
}
