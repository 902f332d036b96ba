export { type AgentFunction, agentFunction } from './agent-function.ts'
export { type CollectedOptions, type CollectOptions, collect, collected } from './collect.ts'
export { type Evaluated, type EvaluateOptions, evaluate } from './evaluate.ts'
export { listFiles, listPackages, listProcesses, listServices, pingAgents, stats } from './look.ts'
export type { AgentOptions } from './options.ts'
export type {
  Collected,
  Collecting,
  FileEntry,
  InstalledPackages,
  Process,
  Service,
  Stats,
} from './schemas.ts'
