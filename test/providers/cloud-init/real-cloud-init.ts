import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ReadFile } from '../kvm/seed/read-iso.ts'

/** What the real cloud-init makes of a seed. */
export interface Understood {
  readonly metadata: Record<string, unknown>
  /** The kinds of the parts, in order. */
  readonly types: readonly string[]
  /** Every `#cloud-config` merged. */
  readonly config: Record<string, unknown>
  /** The scripts as they would be run. */
  readonly scripts: readonly string[]
  /** What its renderers write for the network: netplan's file and that of ifupdown. */
  readonly network?: { readonly netplan: string; readonly ifupdown: string }
}

/** Debian's cloud-init is a module of the system's own Python, whichever comes first on PATH. */
const python = '/usr/bin/python3'

const program = `
import base64, json, os, sys
root = sys.argv[1]
from cloudinit import helpers, settings, stages, util
from cloudinit.handlers.cloud_config import CloudConfigPartHandler
from cloudinit.sources.DataSourceNoCloud import DataSourceNoCloud
from cloudinit.net import eni, netplan, network_state
paths = helpers.Paths({'cloud_dir': root, 'run_dir': os.path.join(root, 'run'), 'templates_dir': root})
source = DataSourceNoCloud({'datasource': {'NoCloud': {'fs_label': None}}}, None, paths)
if not source._get_data(): sys.exit('no data was found')
handler = CloudConfigPartHandler(paths, ds=source)
handler._reset()
types, scripts = [], []
for part in source.get_userdata().walk():
    kind = part.get_content_type()
    if part.is_multipart(): continue
    types.append(kind)
    payload = util.fully_decoded_payload(part)
    if kind == 'text/cloud-config':
        handler.handle_part(None, kind, part.get_filename(), payload, None, part)
    elif kind == 'text/x-shellscript':
        scripts.append(payload)
said = {'metadata': source.metadata, 'types': types, 'scripts': scripts, 'config': handler.cloud_buf}
given = source.network_config
if given:
    state = network_state.parse_net_config_data(util.load_yaml(given) if isinstance(given, (str, bytes)) else given)
    written = {}
    for name, renderer, path in (
        ('netplan', netplan.Renderer({'netplan_path': 'netplan.yaml', 'postcmds': False}), 'netplan.yaml'),
        ('ifupdown', eni.Renderer({'eni_path': 'interfaces'}), 'interfaces'),
    ):
        renderer.render_network_state(state, target=root)
        written[name] = open(os.path.join(root, path)).read()
    said['network'] = written
json.dump(said, sys.stdout)
`

/** Lets the real cloud-init read the files of a seed, in a folder of its own. */
export async function understand(folder: string, files: readonly ReadFile[]): Promise<Understood> {
  const seed = join(folder, 'seed', 'nocloud')
  await mkdir(seed, { recursive: true })
  for (const { name, content } of files) await writeFile(join(seed, name), content)
  const said = execFileSync(python, ['-c', program, folder], {
    encoding: 'utf8',
    timeout: 20_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return JSON.parse(said)
}

/** Throws what cloud-init's own schema says against a user-data file. */
export function requireValid(file: string): void {
  execFileSync('cloud-init', ['schema', '--config-file', file], { stdio: 'pipe', timeout: 20_000 })
}
