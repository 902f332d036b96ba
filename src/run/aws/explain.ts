export { explainAws } from '../../core/aws-errors/explain.ts'
