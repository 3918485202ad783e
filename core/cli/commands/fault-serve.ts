import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatSocketAddress, isNumericHost, type SocketAddress } from '../../base/address.ts';
import { expectationOf } from '../../faults/catalogue.ts';
import { createCorePorts } from '../../shell/core-ports.ts';
import { FAULT_DOMAIN, FAULT_USER, openFaultCabinet } from '../../shell/fault-cabinet.ts';
import { VERSION } from '../../shell/version.ts';
import { parseHostPort } from '../../sip/message/uri.ts';
import {
  aborted,
  CommandFailure,
  EXIT,
  openTrace,
  text,
  UsageError,
  type Command,
  type CommandContext,
} from '../command.ts';
import { faultArgument } from '../fault-argument.ts';
import { diagnosisText } from '../output.ts';

const LOOPBACK = '127.0.0.1';

/** Puts one fault on show, for any client, until it is told to end. */
export const faultServeCommand: Command = {
  name: 'fault serve',
  arguments: 'ID [--param NAME=VALUE ...] [--listen IP:PORT] [--once]',
  summary: 'a switch with TLS that does one thing wrong; SIGTERM ends it',
  options: {
    param: { type: 'string', multiple: true },
    listen: { type: 'string' },
    once: { type: 'boolean' },
  },
  help: {
    param: 'value of a parameter of the fault',
    listen: `where it listens (${LOOPBACK}, any free port)`,
    once: 'ends when the first client has come and gone',
  },
  async run(context) {
    const { output, signal, positionals, values } = context;
    const given = Array.isArray(values.param) ? values.param.map(String) : [];
    const chosen = faultArgument(positionals[0], given);
    const listen = listenOption(context);
    const { tracer, stopLog } = openTrace(context);
    const ports = createCorePorts({ version: VERSION, audio: 'silence', tracer });
    const folder = await mkdtemp(join(tmpdir(), 'sotto-fault-'));
    const gone = new AbortController();
    try {
      const cabinet = await openFaultCabinet(ports, {
        ...chosen,
        listen,
        onDiagnosis: (diagnosis, remote) => {
          const where = remote === undefined ? {} : { remote: formatSocketAddress(remote) };
          output.event('diagnosis', { ...diagnosis, ...where }, diagnosisText(diagnosis));
        },
        onGone: () => {
          if (values.once === true) gone.abort();
        },
      });
      if (!cabinet.ok) throw new CommandFailure(cabinet.error);
      const { local, trust, revocationLists, password } = cabinet.value;
      const ca = join(folder, 'ca.pem');
      await writeFile(ca, trust, { mode: 0o600 });
      const crl = revocationLists.length === 0 ? undefined : join(folder, 'crl.pem');
      if (crl !== undefined) await writeFile(crl, revocationLists.join(''), { mode: 0o600 });
      const { id, summary } = chosen.fault;
      const expected = expectationOf(chosen.fault, chosen.values);
      const at = formatSocketAddress(local);
      output.event(
        'ready',
        {
          fault: id,
          parameters: chosen.values,
          ...local,
          domain: FAULT_DOMAIN,
          user: FAULT_USER,
          password,
          ca,
          ...(crl === undefined ? {} : { crl }),
          expected: { client: expected.client ?? null, switch: expected.switch ?? null },
        },
        [
          `✓ ${id} on ${at}: ${summary}`,
          `  a client must say: ${expected.client ?? 'nothing'}`,
          `  sotto call 9196 --user ${FAULT_USER} --password ${password} --domain ${FAULT_DOMAIN} \\`,
          `    --server ${FAULT_DOMAIN}:${local.port} --ca ${ca}`,
        ].join('\n'),
      );
      await aborted(AbortSignal.any([signal, gone.signal]));
      await cabinet.value.close();
      output.success({}, 'ended');
      return EXIT.done;
    } finally {
      await ports.plane.close();
      await rm(folder, { recursive: true, force: true });
      stopLog();
    }
  },
};

function listenOption(context: CommandContext): SocketAddress {
  const given = text(context, 'listen');
  if (given === undefined) return { address: LOOPBACK, port: 0 };
  const parsed = parseHostPort(given);
  if (!parsed.ok || !isNumericHost(parsed.value.host)) throw new UsageError('--listen must be IP or IP:PORT');
  return { address: parsed.value.host.replace(/[[\]]/g, ''), port: parsed.value.port ?? 0 };
}
