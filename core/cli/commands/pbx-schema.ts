import { configurationJsonSchema } from '../../pbx/configuration.ts';
import { EXIT, type Command } from '../command.ts';

/** Prints the schema of the configuration, with which editors complete and check it. */
export const pbxSchemaCommand: Command = {
  name: 'pbx schema',
  arguments: '',
  summary: 'prints the JSON Schema of sotto-pbx.yaml, with which editors complete and check it',
  options: {},
  help: {},
  run(context) {
    const schema = configurationJsonSchema();
    context.output.success({ schema }, JSON.stringify(schema, null, 2));
    return Promise.resolve(EXIT.done);
  },
};
