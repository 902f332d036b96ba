export { type AgentFunction, agentFunction } from './agent-function.ts'
export { type CollectedOptions, type CollectOptions, collect, collected } from './collect.ts'
export { deployAgent } from './deploy/deploy.ts'
export type {
  AgentPlaceOptions,
  DeployAgentOptions,
  WithinOptions as UpgradeAgentOptions,
} from './deploy/options.ts'
export type { AgentDeployed } from './deploy/parts.ts'
export { type AgentRemoved, type RemoveAgentOptions, removeAgent } from './deploy/remove.ts'
export { upgradeAgent } from './deploy/upgrade.ts'
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
