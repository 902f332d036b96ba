export { SystemTooLarge, TableMissing } from './errors.ts'
export { type DynamoOptions, openDynamoSystems } from './open.ts'
