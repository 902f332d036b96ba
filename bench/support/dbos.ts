import { loadPeer } from './npm-peer.ts'

/** What we use of the package, which is nobody's dependency. */
interface Sdk {
  readonly DBOS: {
    setConfig(config: object): void
    launch(): Promise<void>
    shutdown(): Promise<void>
    registerWorkflow(work: (n: number) => Promise<number>, config: object): (n: number) => Promise<number>
    runStep(step: () => Promise<number>, config: object): Promise<number>
    startWorkflow(work: unknown): (n: number) => Promise<{ getResult(): Promise<number> }>
  }
}

const version = '5.3.0'

/** An engine that runs workflows of steps that count. */
export interface Dbos {
  /** Connects to a database, and makes its tables where there are none. */
  launch(url: string): Promise<void>
  /** One workflow from start to end; answers how far it counted. */
  run(): Promise<number>
  shutdown(): Promise<void>
}

/** DBOS with its own defaults, and a workflow of this many steps. `undefined` when it is not installed. */
export async function loadDbos(steps: number): Promise<Dbos | undefined> {
  const loaded = (await loadPeer('@dbos-inc/dbos-sdk', version)) as Sdk | undefined
  if (loaded === undefined) return undefined
  const { DBOS } = loaded
  const count = DBOS.registerWorkflow(
    async from => {
      let n = from
      for (let step = 0; step < steps; step++) {
        const next = n + 1
        n = await DBOS.runStep(async () => next, { name: `step ${step + 1}` })
      }
      return n
    },
    { name: 'count' },
  )
  return {
    launch: url => {
      DBOS.setConfig({ name: 'bench', systemDatabaseUrl: url, logLevel: 'error' })
      return DBOS.launch()
    },
    run: async () => (await DBOS.startWorkflow(count)(0)).getResult(),
    shutdown: () => DBOS.shutdown(),
  }
}
