import { gzipSync } from 'node:zlib'
import type { RequestLaunchTemplateData } from '@aws-sdk/client-ec2'
import { defined } from '../../../core/defined.ts'
import { InvalidArguments } from '../../../core/errors.ts'
import type { FirstLogin } from '../../../core/systems/provider.ts'
import type { System } from '../../../core/systems/system.ts'
import { SystemTrouble } from '../../../core/systems/trouble.ts'
import { cloudInit } from '../../cloud-init/index.ts'
import { volumeDevices } from '../check.ts'
import type { Desk, Ec2Settings } from '../desk.ts'
import { rootDeviceOf } from '../image.ts'
import { tagsOf, toldTags } from '../tags.ts'

/** EC2 takes so many bytes of user data. */
const mostUserData = 16_384

/** What a launch by itself and a launch template both take: everything but the type, the image and the place. */
export type LaunchData = Pick<
  RequestLaunchTemplateData,
  'UserData' | 'SecurityGroupIds' | 'IamInstanceProfile' | 'MetadataOptions'
> & {
  readonly BlockDeviceMappings: NonNullable<RequestLaunchTemplateData['BlockDeviceMappings']>
  readonly TagSpecifications: {
    ResourceType: 'instance' | 'volume'
    Tags: NonNullable<ReturnType<typeof toldTags>>
  }[]
}

/** Writes down how a system is launched. Throws `SystemTrouble` for what EC2 would not take, before anything is made. */
export async function launchData(
  desk: Desk,
  system: System,
  login: FirstLogin,
  image: string,
): Promise<LaunchData> {
  const { settings, job } = desk
  const told = toldTags(system)
  if (told === undefined)
    job.warn('what is known of it is too much for tags; a lost store could not be made anew from it')
  const tags = tagsOf(system, settings.stack)
  return {
    UserData: userData(system, login, settings),
    ...whereAndWho(system, settings),
    // Programs on the instance get at its role by the second version alone, which a forged request can't.
    MetadataOptions: { HttpTokens: 'required', HttpEndpoint: 'enabled' },
    BlockDeviceMappings: [...(await rootDisk(desk, system, image)), ...volumes(system)],
    TagSpecifications: [
      { ResourceType: 'instance', Tags: [...tags, ...(told ?? [])] },
      { ResourceType: 'volume', Tags: tags },
    ],
  }
}

function whereAndWho({ ec2 }: System, { ec2: defaults }: Ec2Settings) {
  const groups = ec2?.securityGroups ?? defaults.securityGroups
  const Name = ec2?.instanceProfile ?? defaults.instanceProfile
  return defined({
    SecurityGroupIds: groups.length === 0 ? undefined : [...groups],
    IamInstanceProfile: Name === undefined ? undefined : { Name },
  })
}

/** What cloud-init is given, packed where it would be too long otherwise. The same text packs to the same bytes. */
function userData(system: System, login: FirstLogin, { ec2 }: Ec2Settings): string {
  const { id, hostname, domain, packages, userData } = system
  const bytes = Buffer.from(written())
  const packed = bytes.length > mostUserData ? gzipSync(bytes, { level: 9 }) : bytes
  if (packed.length <= mostUserData) return packed.toString('base64')
  throw new SystemTrouble(
    'refused',
    `the user data of ${hostname} has ${packed.length} bytes packed, and EC2 takes ${mostUserData}; fetch the rest from where it is, by a script`,
  )

  function written(): string {
    try {
      const seed = { instanceId: id, hostname, domain, packages, userData, ...login }
      return cloudInit({ ...seed, keyless: ec2.reach === 'ssm' })['user-data']
    } catch (error) {
      if (!(error instanceof InvalidArguments)) throw error
      throw new SystemTrouble('refused', error.message, { cause: error })
    }
  }
}

async function rootDisk(desk: Desk, { disk }: System, image: string) {
  if (disk === undefined) return []
  const DeviceName = await rootDeviceOf(desk, image)
  return [{ DeviceName, Ebs: { VolumeSize: disk, VolumeType: 'gp3' as const, DeleteOnTermination: true } }]
}

function volumes({ volumes }: System) {
  return volumes.map(({ size, keep, pool = 'gp3' }, index) => ({
    DeviceName: volumeDevices[index]!,
    Ebs: {
      VolumeSize: size,
      VolumeType: pool as 'gp3',
      DeleteOnTermination: !keep,
      Encrypted: true,
    },
  }))
}
