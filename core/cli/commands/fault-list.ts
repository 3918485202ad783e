import { FAULTS } from '../../faults/catalogue.ts';
import type { Fault } from '../../faults/fault.ts';
import { EXIT, type Command } from '../command.ts';

/** Shows what the fault cabinet holds. */
export const faultListCommand: Command = {
  name: 'fault list',
  arguments: '',
  summary: 'what the fault cabinet can do wrong, and the diagnosis that each fault must lead to',
  options: {},
  help: {},
  run({ output }) {
    output.success(
      {
        faults: FAULTS.map(({ id, summary, parameters, expected }) => ({
          id,
          summary,
          parameters,
          expected: { client: expected.client ?? null, switch: expected.switch ?? null },
        })),
      },
      FAULTS.map(describe).join('\n'),
    );
    return Promise.resolve(EXIT.done);
  },
};

function describe({ id, summary, parameters, expected }: Fault): string {
  const codes = [
    ...(expected.client === undefined ? [] : [`client ${expected.client}`]),
    ...(expected.switch === undefined ? [] : [`switch ${expected.switch}`]),
  ];
  return [
    `${id}  ${summary}`,
    `    ${codes.length === 0 ? 'nobody notices' : codes.join(', ')}`,
    ...parameters.map((parameter) => {
      const { name, default: preset } = parameter;
      const range = parameter.type === 'choice' ? parameter.choices.join(' ') : `${parameter.min} to ${parameter.max}`;
      return `    --param ${name}=${preset}  ${parameter.summary} (${range})`;
    }),
  ].join('\n');
}
