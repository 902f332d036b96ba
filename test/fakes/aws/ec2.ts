import { act, describeInstances, reboot, start, stop, terminate } from './ec2/instances.ts'
import {
  createFleet,
  createLaunchTemplate,
  deleteLaunchTemplate,
  describeLaunchTemplates,
  runInstances,
} from './ec2/launch.ts'
import { answer, fits, nested, paged, tagSet } from './ec2/query.ts'
import { newWorld, type World } from './ec2/world.ts'
import { WireError, type WireReply, type WireService } from './wire.ts'

export type { FakeInstance, World } from './ec2/world.ts'

/** An EC2 of one account and region, with what it has laid open. */
export type FakeEc2 = WireService & World

/**
 * EC2 at the wire: its query protocol, as far as instances, fleets of one, launch templates and spot prices go. An instance
 * gets into its next state by being looked at; a token answers what it answered before, and refuses another question.
 */
export function fakeEc2(now: () => number = Date.now): FakeEc2 {
  const world = newWorld(now)
  const actions: Readonly<Record<string, (asked: any) => WireReply>> = {
    RunInstances: asked => runInstances(world, asked),
    CreateFleet: asked => createFleet(world, asked),
    CreateLaunchTemplate: asked => createLaunchTemplate(world, asked),
    DescribeLaunchTemplates: asked => describeLaunchTemplates(world, asked),
    DeleteLaunchTemplate: asked => deleteLaunchTemplate(world, asked),
    DescribeInstances: asked => describeInstances(world, asked),
    StartInstances: asked => act(world, asked, one => start(world, one)),
    StopInstances: asked => act(world, asked, one => stop(world, one, asked)),
    TerminateInstances: asked => act(world, asked, one => terminate(world, one)),
    RebootInstances: asked => act(world, asked, reboot),
    ModifyInstanceAttribute: asked => modify(world, asked),
    DescribeVolumes: asked => describeVolumes(world, asked),
    DescribeImages: asked => describeImages(world, asked),
    DescribeSpotPriceHistory: asked => describePrices(world, asked),
  }
  return Object.assign(world, {
    name: 'ec2',
    protocol: 'ec2' as const,
    handle: ({ action, query }: { readonly action: string; readonly query: URLSearchParams }) => {
      const work = Object.hasOwn(actions, action) ? actions[action] : undefined
      if (work === undefined)
        throw new WireError('InvalidAction', `The action ${action} is not valid for this web service.`)
      return work(nested(query))
    },
  })
}

function modify(world: World, asked: any): WireReply {
  const one = world.instances.get(asked.InstanceId)
  if (one === undefined) throw new WireError('InvalidInstanceID.NotFound', 'It does not exist')
  for (const { DeviceName, Ebs } of asked.BlockDeviceMapping ?? [])
    for (const device of one.devices)
      if (device.device === DeviceName) device.delete = Ebs.DeleteOnTermination === 'true'
  return answer('ModifyInstanceAttribute', { return: true })
}

function describeVolumes(world: World, asked: any): WireReply {
  const found = [...world.volumes.values()].filter(one =>
    fits(asked.Filter, name => (name === 'status' ? one.state : one.tags.get(name.replace(/^tag:/, '')))),
  )
  return answer('DescribeVolumes', {
    volumeSet: found.map(({ id, size, state, tags }) => ({
      volumeId: id,
      size,
      status: state,
      tagSet: tagSet(tags),
    })),
  })
}

function describeImages(world: World, asked: any): WireReply {
  const ids: string[] = asked.ImageId ?? []
  const found = ids.map(id => {
    const image = world.images.get(id)
    if (image === undefined)
      throw new WireError('InvalidAMIID.NotFound', `The image id '[${id}]' does not exist`)
    return { imageId: id, rootDeviceName: image.root, architecture: image.architecture }
  })
  return answer('DescribeImages', { imagesSet: found })
}

/** The newest first, page by page, and of each pool the last change before the beginning. */
function describePrices(world: World, asked: any): WireReply {
  const from = Date.parse(asked.StartTime)
  const until = Date.parse(asked.EndTime)
  const types: string[] = asked.InstanceType ?? []
  const strange = types.find(type => !/^[a-z]+\d[a-z]*\.\w+$/.test(type))
  if (strange !== undefined)
    throw new WireError('InvalidParameterValue', `Invalid value '${strange}' for instance-type.`)
  const products: string[] = asked.ProductDescription ?? ['Linux/UNIX']
  const pool = world.prices.filter(
    ({ type, zone, product = 'Linux/UNIX' }) =>
      types.includes(type) &&
      products.includes(product) &&
      fits(asked.Filter, name => (name === 'availability-zone' ? zone : undefined)),
  )
  const told = pool.filter(one => {
    if (one.at > until) return false
    if (one.at >= from) return true
    return !pool.some(
      other => other.type === one.type && other.zone === one.zone && other.at > one.at && other.at < from,
    )
  })
  const { page, nextToken } = paged(
    told.sort((a, b) => b.at - a.at),
    asked,
    world.pageSize,
  )
  return answer('DescribeSpotPriceHistory', {
    spotPriceHistorySet: page.map(({ type, zone, at, price, product = 'Linux/UNIX' }) => ({
      instanceType: type,
      availabilityZone: zone,
      productDescription: product,
      spotPrice: price,
      timestamp: new Date(at).toISOString(),
    })),
    // EC2 ends with an empty token.
    nextToken: nextToken ?? '',
  })
}
