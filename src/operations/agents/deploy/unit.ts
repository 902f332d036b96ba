/** What the unit of an agent is made of. */
export interface UnitParts {
  /** The agent's folder on the host. */
  readonly base: string
  /** Of the whole machine, or of one user. */
  readonly scope: 'system' | 'user'
  /** Whether what the agent does is kept from changing the host. */
  readonly confine: boolean
  /** Seconds that it may take to end. */
  readonly stop: number
}

/** What takes nothing from a command that SSH would give it. */
const usual = ['LimitCORE=0', 'OOMPolicy=continue', 'LimitNOFILE=65536']

/** What only the manager of the whole machine can do without taking sudo from the agent's commands. */
const ofSystem = ['KeyringMode=private', 'LockPersonality=yes', 'RestrictRealtime=yes']

/** It may look at everything and change its own folder; V8 makes code that runs, so memory may be both. */
const confined = [
  'NoNewPrivileges=yes',
  'PrivateTmp=yes',
  'ProtectSystem=strict',
  'ProtectHome=read-only',
  'RestrictSUIDSGID=yes',
  'RestrictNamespaces=yes',
  'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
  'SystemCallArchitectures=native',
  'SystemCallFilter=@system-service',
  'SystemCallErrorNumber=EPERM',
]

const confinedSystem = [
  'CapabilityBoundingSet=CAP_DAC_READ_SEARCH CAP_SYS_PTRACE CAP_KILL',
  'AmbientCapabilities=',
  'PrivateDevices=yes',
  'ProtectClock=yes',
  'ProtectControlGroups=yes',
  'ProtectHostname=yes',
  'ProtectKernelLogs=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelTunables=yes',
]

/**
 * The unit that keeps an agent running. An agent does what it is asked to, as a login over SSH does, so that a plain unit
 * takes no rights from it; a confined one may look at the host and change nothing but its own folder.
 */
export function agentUnit({ base, scope, confine, stop }: UnitParts): string {
  const system = scope === 'system'
  const inside = (name: string) => word(`${base}/current/${name}`)
  const hardened = [
    ...usual,
    ...(system ? ofSystem : []),
    ...(confine ? [...confined, `ReadWritePaths=${quoted(base)}`] : []),
    ...(confine && system ? confinedSystem : []),
  ]
  return `[Unit]
Description=Re-ops agent
StartLimitIntervalSec=0
${system ? 'Wants=network-online.target\nAfter=network-online.target\n' : ''}
[Service]
Type=exec
ExecStart=${['node', 'agent.mjs', 'options.json'].map(inside).join(' ')}
WorkingDirectory=/
Restart=always
RestartSec=5
# Wrong options, and a bridge that does not want it, are not put right by starting again.
RestartPreventExitStatus=2 3
TimeoutStopSec=${stop}
# What a command left running goes on, as it does after SSH.
KillMode=process

${hardened.join('\n')}

[Install]
WantedBy=${system ? 'multi-user' : 'default'}.target
`
}

/** A word of a command line: \`%\` and \`$\` mean something to systemd. */
function word(text: string): string {
  return quoted(text.replaceAll('$', '$$$$'))
}

function quoted(text: string): string {
  const said = text.replaceAll('%', '%%')
  return /^[\w@%+=:,./$-]+$/.test(said) ? said : `"${said.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
