import { explainIssues, InvalidArguments } from '../../core/errors.ts'
import { jsonAsYaml } from './json-as-yaml.ts'
import { multipart, type Part } from './multipart.ts'
import { type NetworkCard, networkConfig } from './network.ts'
import { typeOf } from './own-data.ts'
import { cloudInitSchema, keylessSchema } from './schema.ts'
import { userConfig } from './user-config.ts'

export interface CloudInitMount {
  /** A path such as `/dev/vdb`, or `UUID=…` or `LABEL=…`. */
  readonly device: string
  readonly path: string
  readonly filesystem?: 'ext4' | 'xfs' | 'btrfs' | undefined
  /** As in /etc/fstab; `defaults,nofail` when left out. */
  readonly options?: string | undefined
  /** Makes a file system (`ext4` unless said) on a device that is empty; what is there is never overwritten. */
  readonly format?: boolean | undefined
}

/** What a guest is told when it first starts. */
export interface CloudInit {
  /** A guest does its first start again when this changes, and only then. */
  readonly instanceId: string
  readonly hostname: string
  readonly domain?: string | undefined
  /** The login, which is `root` or may become root without a password. */
  readonly user: string
  readonly shell?: string | undefined
  /** Public SSH keys, each one line as in a `.pub` file. */
  readonly keys: readonly string[]
  /** Nobody has to come in by SSH, so that no key will do. */
  readonly keyless?: boolean | undefined
  readonly packages?: readonly string[] | undefined
  /** Commands, run once as root: text for a shell, or an argument vector. */
  readonly runcmd?: readonly (string | readonly string[])[] | undefined
  readonly mounts?: readonly CloudInitMount[] | undefined
  /** Left out, the guest asks for an address by DHCP on its first card. */
  readonly network?: readonly NetworkCard[] | undefined
  /** User data of one's own, of any kind that cloud-init knows. */
  readonly userData?: string | undefined
}

/** The files of a NoCloud seed. */
export type CloudInitFiles = {
  readonly 'user-data': string
  readonly 'meta-data': string
  readonly 'network-config'?: string
}

/**
 * Writes what cloud-init reads from a seed. Own user data come as a part of their own beside ours; where both
 * are `#cloud-config`, lists are joined, theirs first, and of two single values theirs holds.
 *
 * Throws `InvalidArguments`, which names what is wrong and repeats no key.
 *
 * @example
 * seedImage(cloudInit({ instanceId: 'redis-1', hostname: 'redis-1', user: 'ops', keys: ['ssh-ed25519 AAAA…'] }))
 */
export function cloudInit({ keyless = false, ...given }: CloudInit): CloudInitFiles {
  const parsed = (keyless ? keylessSchema : cloudInitSchema).safeParse(given)
  if (!parsed.success) throw new InvalidArguments(`cloud-init: ${explainIssues(parsed.error.issues)}`)
  const { instanceId, hostname, domain, network, userData } = parsed.data
  const ours = `#cloud-config\n${jsonAsYaml(userConfig(parsed.data))}\n`
  const name = domain === undefined ? hostname : `${hostname}.${domain}`
  return {
    'user-data': userData === undefined ? ours : multipart([own(userData), last(ours)]),
    'meta-data': `${jsonAsYaml({ 'instance-id': instanceId, 'local-hostname': name })}\n`,
    ...(network === undefined ? {} : { 'network-config': `${jsonAsYaml(networkConfig(network))}\n` }),
  }
}

function own(text: string): Part {
  const type = typeOf(text)
  return type === undefined || type === 'multipart'
    ? { raw: text }
    : { type, name: 'own-user-data', content: text }
}

/** Ours comes last, since the later part says how the two are merged. */
function last(ours: string): Part {
  const headers = { 'Merge-Type': 'list(append)+dict(no_replace,recurse_list)+str()' }
  return { type: 'text/cloud-config', name: 're-ops', content: ours, headers }
}
