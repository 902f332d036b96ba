import { DescribeImagesCommand } from '@aws-sdk/client-ec2'
import type { System } from '../../core/systems/system.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import type { Desk, Ec2Settings } from './desk.ts'

/** What stands for the architecture in the name of a public parameter. */
const placeholder = '{arch}'

/** The image where nobody says another: Amazon Linux, which Run Command's agent is part of. */
const amazonLinux = `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${placeholder}`

type Architecture = 'arm64' | 'x86_64'

/** AWS marks its own processors by a g after the generation: `t4g`, `c7gn`, `im4gn`; the first ones are called a1. */
function architectureOf(type: string): Architecture {
  return /^(?:[a-z]+\d+g|a1\.)/.test(type) ? 'arm64' : 'x86_64'
}

/** How an image is written: by its id, or as a parameter that holds one. */
export function isImage(os: string): boolean {
  return /^ami-[0-9a-f]{8,32}$/.test(os) || /^\/[\w./{}-]+$/.test(os)
}

/** Whether one image would have to fit types of two architectures, which none does. */
export function fitsOnlyOne(os: string, types: readonly string[]): boolean {
  return !os.includes(placeholder) && new Set(types.map(architectureOf)).size > 1
}

/** The image of a system: its own, the configuration's or Amazon Linux. */
export function imageOf({ os }: Pick<System, 'os'>, { ec2 }: Pick<Ec2Settings, 'ec2'>): string {
  return os ?? ec2.image ?? amazonLinux
}

/** An image as EC2 takes it for a type: it reads parameters itself. */
export function imageFor(os: string, type: string): string {
  const named = os.replaceAll(placeholder, architectureOf(type))
  return named.startsWith('ami-') ? named : `resolve:ssm:${named}`
}

/** The device of an image's own disk, without whose name its size can't be said. */
export async function rootDeviceOf(desk: Desk, image: string): Promise<string> {
  const { readImageParameter } = await import('./parameter.ts')
  const id = image.startsWith('ami-')
    ? image
    : await readImageParameter(desk, image.replace(/^resolve:ssm:/, ''))
  const { Images = [] } = await desk.ask('looking at the image', (client, options) =>
    client.send(new DescribeImagesCommand({ ImageIds: [id] }), options),
  )
  const device = Images[0]?.RootDeviceName
  if (device !== undefined && /^[\w/]{1,64}$/.test(device)) return device
  throw new SystemTrouble(
    'refused',
    `EC2 does not say where the disk of the image ${id} is; leave its size out`,
  )
}
