export {
  SystemTooLarge,
  TableBusy,
  TableCredentials,
  TableDenied,
  TableMissing,
  TableRefused,
  TableUnreachable,
} from './errors.ts'
export { type DynamoOptions, openDynamoSystems } from './open.ts'
