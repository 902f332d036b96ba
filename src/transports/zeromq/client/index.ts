export { type BridgeClient, type BridgeClientOptions, openBridgeClient } from './client.ts'
