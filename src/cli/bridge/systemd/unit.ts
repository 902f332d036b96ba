/** What a unit of the bridge or the daemon is made of. Paths are absolute. */
export interface UnitParts {
  /** What it keeps running; the bridge when left out. */
  readonly command?: 'bridge' | 'up'
  /** Seconds that it has to end in order; 90 when left out. */
  readonly stopSeconds?: number
  readonly node: string
  /** `bin/reops.js`. */
  readonly reops: string
  readonly config: string | undefined
  /** Where relative paths of flows are meant from. */
  readonly folder: string
  readonly state: string
  readonly user: string
}

const descriptions = { bridge: 'Re-ops bridge', up: 'Re-ops daemon' } as const

/**
 * The unit that keeps a bridge or a daemon running. It may read what its user may, write its state folder, and use the network; it
 * gains no rights. V8 makes code that runs, so memory can't be kept from being both.
 */
export function unitOf(parts: UnitParts): string {
  const { command: name = 'bridge', stopSeconds = 90, node, reops, config, folder, state, user } = parts
  const command = [node, reops, name, ...(config === undefined ? [] : ['--config', config])]
  return `[Unit]
Description=${descriptions[name]}
Wants=network-online.target
After=network-online.target

[Service]
Type=exec
ExecStart=${command.map(word).join(' ')}
WorkingDirectory=${plain(folder)}
Environment=${setting('REOPS_STATE', state)}
User=${plain(user)}
Restart=on-failure
RestartSec=2
# A wrong configuration is not put right by starting again.
RestartPreventExitStatus=2
# It drains first, and what is at work gets this long.
TimeoutStopSec=${stopSeconds}
LimitNOFILE=65536
UMask=0077

ProtectSystem=strict
ReadWritePaths=${quoted(state)}
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`
}

/** A word of a command line: \`%\` and \`$\` mean something to systemd. */
function word(text: string): string {
  return quoted(text.replaceAll('$', '$$$$'))
}

function setting(name: string, value: string): string {
  return quoted(`${name}=${value}`)
}

function quoted(text: string): string {
  const said = plain(text)
  return /^[\w@%+=:,./$-]+$/.test(said) ? said : `"${said.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** Where a value is the rest of its line, it is not quoted. */
function plain(text: string): string {
  return text.replaceAll('%', '%%')
}
