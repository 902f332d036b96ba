/** Why a broker can't be used, as far as it is known. */
export type BrokerTrouble = 'auth' | 'certificate' | 'version' | 'unreachable' | 'lost' | 'unknown'

const refused: Readonly<Record<number, readonly [BrokerTrouble, string]>> = {
  // MQTT 3.1.1
  1: ['version', 'it does not speak this version of MQTT; say protocolVersion: 4 in broker'],
  2: ['unknown', 'it refuses our client id; name another one in broker.clientId'],
  3: ['unreachable', 'it says that it is not available now'],
  4: ['auth', 'it refuses the user name or the password; see broker.username and broker.password'],
  5: ['auth', 'it lets nobody in as this user; see broker.username and broker.password'],
  // MQTT 5
  132: ['version', 'it does not speak MQTT 5; say protocolVersion: 4 in broker'],
  133: ['unknown', 'it refuses our client id; name another one in broker.clientId'],
  134: ['auth', 'it refuses the user name or the password; see broker.username and broker.password'],
  135: ['auth', 'it lets nobody in as this user; see broker.username and broker.password'],
  136: ['unreachable', 'it says that it is not available now'],
  137: ['unreachable', 'it says that it is busy'],
  138: ['auth', 'it has banned us'],
  142: ['lost', 'another client took our client id; each needs its own, broker.clientId'],
}

const certificates =
  /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|HOSTNAME_MISMATCH|INVALID_CA|ERR_SSL|EPROTO)/

/** Says what an error of the client means and what can be done about it. */
export function explainBroker(error: unknown): { readonly code: BrokerTrouble; readonly problem: string } {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: string }
  const said = message ?? String(error)
  if (typeof code === 'number') {
    const [kind, problem] = refused[code] ?? ['unknown', said]
    return { code: kind, problem }
  }
  const name = typeof code === 'string' ? code : ''
  if (certificates.test(name))
    return {
      code: 'certificate',
      problem: `its certificate can't be trusted (${said}); name who signed it in broker.ca, and call it as its certificate does`,
    }
  if (/^(ECONN|ENOTFOUND|EAI_|EHOST|ENET|ETIMEDOUT|EPIPE)/.test(name) || /connack timeout/.test(said))
    return { code: 'unreachable', problem: said || name }
  return { code: 'unknown', problem: said }
}
