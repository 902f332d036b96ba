import { gunzipSync } from 'node:zlib'
import { WireError, type WireReply } from '../wire.ts'
import { instanceXml } from './instances.ts'
import { answer, tagSet, tagsFor } from './query.ts'
import { type FakeInstance, type World, zones } from './world.ts'

const idOf = (kind: string, number: number) => `${kind}-${number.toString(16).padStart(17, '0')}`

/** The same request has the same text, its token included or not. */
const said = ({ Action: _a, Version: _v, ...asked }: any) => JSON.stringify(asked)

export function runInstances(world: World, asked: any): WireReply {
  if (!asked.ImageId)
    throw new WireError('MissingParameter', 'The request must contain the parameter ImageId')
  const before = asked.ClientToken && world.launches.get(asked.ClientToken)
  if (before && before.asked !== said(asked))
    throw new WireError(
      'IdempotentParameterMismatch',
      'The request uses the same client token as a previous, but non-identical request.',
    )
  const instance = before
    ? world.instances.get(before.id)
    : launch(world, asked, {
        type: asked.InstanceType,
        image: asked.ImageId,
        zone: asked.Placement?.AvailabilityZone,
        subnet: asked.SubnetId,
        token: asked.ClientToken,
        spot: asked.InstanceMarketOptions?.MarketType === 'spot',
      })
  // Launched so long ago that it is forgotten.
  if (instance === undefined) throw new WireError('IdempotentParameterMismatch', 'The token was used before.')
  if (asked.ClientToken) world.launches.set(asked.ClientToken, { asked: said(asked), id: instance.id })
  return answer('RunInstances', { reservationId: 'r-1', instancesSet: [instanceXml(instance)] })
}

interface Where {
  readonly type: string
  readonly image: string
  readonly zone?: string | undefined
  readonly subnet?: string | undefined
  readonly token?: string | undefined
  readonly spot: boolean
}

/** Launches one instance of what a request or a template says. Throws `WireError` where there is no room. */
function launch(world: World, data: any, where: Where): FakeInstance {
  const { type, subnet, token, spot } = where
  const zone = where.zone ?? zones[subnet ?? ''] ?? 'eu-central-1c'
  if (subnet !== undefined && zones[subnet] === undefined)
    throw new WireError('InvalidSubnetID.NotFound', `The subnet ID '${subnet}' does not exist`)
  const image = imageOf(world, where.image)
  const { architecture } = world.images.get(image)!
  if ((architecture === 'arm64') !== /^[a-z]+\d+g/.test(type))
    throw new WireError(
      'InvalidParameterValue',
      `The architecture of the specified instance type does not match the architecture '${architecture}' of the specified AMI.`,
    )
  const full = [`${type} ${zone}`, type, zone].map(pool => world.full.get(pool)).find(Boolean)
  if (full !== undefined) throw full
  const tags = tagsFor(data.TagSpecification, 'instance')
  const volumeTags = tagsFor(data.TagSpecification, 'volume')
  const number = ++world.number
  const devices = (data.BlockDeviceMapping ?? []).map((mapping: any, index: number) => {
    const volume = idOf('vol', number * 32 + index)
    const { VolumeSize, VolumeType = 'gp2', DeleteOnTermination } = mapping.Ebs
    world.volumes.set(volume, {
      id: volume,
      size: Number(VolumeSize),
      type: VolumeType,
      tags: volumeTags,
      state: 'in-use',
    })
    return { device: mapping.DeviceName, volume, delete: DeleteOnTermination !== 'false' }
  })
  const instance: FakeInstance = {
    id: idOf('i', number),
    number,
    type,
    zone,
    subnet,
    image,
    token,
    spot,
    userData: readUserData(data.UserData),
    profile: data.IamInstanceProfile?.Name,
    groups: data.SecurityGroupId ?? [],
    metadata: data.MetadataOptions?.HttpTokens,
    tags,
    launched: world.now(),
    devices,
    state: 'pending',
    reason: undefined,
    left: world.looks,
    hidden: world.hides,
  }
  world.instances.set(instance.id, instance)
  return instance
}

function imageOf(world: World, image: string): string {
  if (world.images.has(image)) return image
  const [, architecture] = /^resolve:ssm:\/aws\/service\/.*-(arm64|x86_64)$/.exec(image) ?? []
  const found = [...world.images].find(([, one]) => one.architecture === architecture)
  if (found !== undefined) return found[0]
  throw new WireError('InvalidAMIID.NotFound', `The image id '[${image}]' does not exist`)
}

function readUserData(text = ''): string {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length > 16_384)
    throw new WireError('InvalidParameterValue', 'User data is limited to 16384 bytes')
  return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString()
}

export function createLaunchTemplate(world: World, asked: any): WireReply {
  const { LaunchTemplateName: name, LaunchTemplateData: data, ClientToken: token } = asked
  const there = world.templates.get(name)
  if (there && there.token !== token)
    throw new WireError(
      'InvalidLaunchTemplateName.AlreadyExistsException',
      'Launch template name already in use.',
    )
  const template = there ?? {
    id: idOf('lt', ++world.number),
    name,
    data,
    token,
    tags: tagsFor(asked.TagSpecification, 'launch-template'),
    hidden: world.hides,
  }
  world.templates.set(name, template)
  return answer('CreateLaunchTemplate', { launchTemplate: templateXml(template) })
}

export function describeLaunchTemplates(world: World, asked: any): WireReply {
  const names: string[] = asked.LaunchTemplateName ?? [...world.templates.keys()]
  const found = names.map(name => {
    const template = world.templates.get(name)
    if (template === undefined)
      throw new WireError(
        'InvalidLaunchTemplateName.NotFoundException',
        'At least one of the launch templates specified in the request does not exist.',
      )
    return templateXml(template)
  })
  return answer('DescribeLaunchTemplates', { launchTemplates: found })
}

export function deleteLaunchTemplate(world: World, asked: any): WireReply {
  const template = templateBy(world, asked.LaunchTemplateId)
  world.templates.delete(template.name)
  return answer('DeleteLaunchTemplate', { launchTemplate: templateXml(template) })
}

function templateBy(world: World, id: string) {
  const found = [...world.templates.values()].find(one => one.id === id)
  if (found === undefined)
    throw new WireError('InvalidLaunchTemplateId.NotFound', 'The specified launch template does not exist.')
  return found
}

const templateXml = ({ id, name, tags }: { id: string; name: string; tags: Map<string, string> }) => ({
  launchTemplateId: id,
  launchTemplateName: name,
  tagSet: tagSet(tags),
})

/** An instant fleet of one: the overrides in their order, those without room as errors, all under one token. */
export function createFleet(world: World, asked: any): WireReply {
  if (asked.Type !== 'instant') throw new WireError('InvalidParameterValue', 'this fake knows instant fleets')
  const before = world.fleets.get(asked.ClientToken)
  if (before !== undefined) {
    if (before.asked === said(asked)) return answer('CreateFleet', before.answer)
    throw new WireError('IdempotentParameterMismatch', 'The token was used with other parameters.')
  }
  const { DefaultTargetCapacityType: kind, TotalTargetCapacity } = asked.TargetCapacitySpecification
  const [{ LaunchTemplateSpecification, Overrides }] = asked.LaunchTemplateConfigs
  const template = templateBy(world, LaunchTemplateSpecification.LaunchTemplateId)
  if (template.hidden > 0 && template.hidden-- > 0)
    throw new WireError(
      'InvalidLaunchTemplateId.NotFound',
      'The specified launch template, with template ID, does not exist.',
    )
  const { data } = template
  const instances: any[] = []
  const errors: any[] = []
  for (const one of Overrides) {
    if (instances.length >= Number(TotalTargetCapacity)) break
    const overrides = {
      instanceType: one.InstanceType,
      availabilityZone: one.AvailabilityZone,
      subnetId: one.SubnetId,
    }
    const common = { launchTemplateAndOverrides: { overrides }, lifecycle: kind }
    try {
      const { InstanceType: type, ImageId: image, AvailabilityZone: zone, SubnetId: subnet } = one
      const made = launch(world, data, { type, image, zone, subnet, spot: kind === 'spot' })
      instances.push({ ...common, instanceIds: [made.id], instanceType: type })
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      errors.push({ ...common, errorCode: error.code, errorMessage: error.message })
    }
  }
  const id = `fleet-${++world.number}`
  const told = { fleetId: id, fleetInstanceSet: instances, errorSet: errors }
  if (asked.ClientToken) world.fleets.set(asked.ClientToken, { asked: said(asked), answer: told })
  return answer('CreateFleet', told)
}
