import type { Args, Flags, Usage } from '../command.ts'
import { bridgeFlags, configFlag, jobFlags, jsonFlag, readyFlags, yesFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords } from '../parse.ts'

export const usage: Usage = {
  ways: ['reops create <provider:node|node> [flags]'],
  about:
    'Says what will be made, asks on a terminal unless --yes, and waits until each answers SSH. Several are called by their\nname, or their type, with -1, -2 and so on. Ctrl-C takes back what is not made yet.',
  examples: [
    'reops create big-iron --image debian-12 --name redis',
    'reops create kvm:big-iron --preset medium --type redis --count 3 --volume 100,keep,name=data --provision',
    'reops create lxd:closet --image debian/12 --ram 1G --network bridge:br0 --tag web --yes',
  ],
}

export const options: Flags = {
  name: { type: 'string', value: '<name>', about: 'the hostname; of several, what stands before -1' },
  count: { type: 'string', value: '<n>', about: 'how many; 1 otherwise' },
  type: { type: 'string', value: '<type>', about: 'what it is provisioned as; see reops types' },
  arg: {
    type: 'string',
    multiple: true,
    value: '<key>=<value>',
    about: 'an argument of the plan of its type; a.b=c for a part of a part',
  },
  preset: {
    type: 'string',
    multiple: true,
    value: '<preset>',
    about: 'small, medium, large, uefi, or one that flows/index.ts exports',
  },
  image: { type: 'string', value: '<image>', about: 'the template or the image that it is made of' },
  cpu: { type: 'string', value: '<n>', about: 'processors' },
  ram: { type: 'string', value: '<size>', about: 'memory: MiB, or 4G' },
  disk: { type: 'string', value: '<size>', about: 'its own disk: GiB, or 1T' },
  volume: {
    type: 'string',
    multiple: true,
    value: '<size>[,keep][,name=<name>][,pool=<pool>]',
    about: 'a disk besides; a kept one outlives it',
  },
  network: {
    type: 'string',
    value: '<network>',
    about:
      'nat[:<name>], bridge:<name>, user[:<port>-<port>,…] (from a port of the node to one of it); ,mac=<address>',
  },
  uefi: { type: 'boolean', about: 'UEFI instead of the BIOS' },
  domain: { type: 'string', value: '<domain>', about: 'of its full name' },
  user: { type: 'string', value: '<name>', about: 'who logs in' },
  key: { type: 'string', value: '<key>', about: 'the key that is let in, by its name or its file' },
  tag: { type: 'string', multiple: true, value: '<tag>', about: 'to find it by' },
  description: { type: 'string', value: '<text>', about: 'what a person should know' },
  package: { type: 'string', multiple: true, value: '<package>', about: 'installed at its first start' },
  'user-data': { type: 'string', value: '<file>', about: "cloud-init's own, besides" },
  provision: { type: 'boolean', about: 'go through the plan of its type afterwards' },
  'no-start': { type: 'boolean', about: 'leave it stopped' },
  ...readyFlags,
  ...yesFlag,
  ...jobFlags,
  ...jsonFlag,
  ...bridgeFlags,
  ...configFlag,
}

/** `reops create`: makes systems. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('create', args, ['<provider:node>, where they are made'])
  const { createSystems } = await import('../systems/create/create.ts')
  return createSystems(context, args, args.words[0]!)
}
