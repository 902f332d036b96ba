import { jsonReply, WireError, type WireService } from '../../fakes/aws/wire.ts'

/** Parameter Store, as far as one key and one version need it, and what the CDK asks for. */
export function parameterStore(parameters: Map<string, string>): WireService {
  return {
    name: 'ssm',
    protocol: 'json',
    handle({ action, json }) {
      const value = parameters.get(json.Name)
      if (action === 'GetParameter') {
        if (value === undefined) throw new WireError('ParameterNotFound', '')
        return jsonReply({ Parameter: { Name: json.Name, Value: value, Type: 'SecureString', Version: 1 } })
      }
      if (action === 'PutParameter') {
        if (value !== undefined && json.Overwrite !== true)
          throw new WireError('ParameterAlreadyExists', 'The parameter already exists.')
        parameters.set(json.Name, json.Value)
        return jsonReply({ Version: 1, Tier: 'Standard' })
      }
      if (action === 'DeleteParameters') {
        for (const name of json.Names) parameters.delete(name)
        return jsonReply({ DeletedParameters: json.Names, InvalidParameters: [] })
      }
      throw new WireError('UnknownOperationException', action)
    },
  }
}
