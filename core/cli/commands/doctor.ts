import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { defaultDataFolder } from '../../io/data-folder.ts';
import { createCorePorts } from '../../shell/core-ports.ts';
import { VERSION } from '../../shell/version.ts';
import { EXIT, text, type Command } from '../command.ts';

/** One thing that was looked at. */
interface Finding {
  readonly subject: string;
  readonly severity: 'ok' | 'info' | 'warning' | 'error';
  readonly summary: string;
  readonly cure?: string;
}

const CONVENTIONAL_PORTS = [5060, 5061];

/** Says what this machine offers, and how to mend what is missing. */
export const doctorCommand: Command = {
  name: 'doctor',
  arguments: '',
  summary: 'says what this machine offers, with a cure where something is wrong',
  options: {},
  help: {},
  async run(context) {
    const findings: Finding[] = [
      runTime(),
      ...(await audio()),
      ...(await ports()),
      clock(),
      dataFolder(text(context, 'data')),
    ];
    for (const finding of findings) {
      const sign = { ok: '✓', info: '·', warning: '!', error: '✗' }[finding.severity];
      const cure = finding.cure === undefined ? '' : `\n  ${finding.cure}`;
      context.output.event('finding', { ...finding }, `${sign} ${finding.subject}: ${finding.summary}${cure}`);
    }
    const failed = findings.some(({ severity }) => severity === 'error');
    context.output.event('result', { ok: !failed, findings }, '');
    return failed ? EXIT.failed : EXIT.done;
  },
};

function runTime(): Finding {
  const { node, openssl } = process.versions;
  return {
    subject: 'run-time',
    severity: 'ok',
    summary: `Node ${node}, OpenSSL ${openssl}, Sotto ${VERSION}`,
  };
}

async function audio(): Promise<readonly Finding[]> {
  const { plane } = createCorePorts({ version: VERSION, audio: 'devices' });
  const devices = await plane.devices();
  await plane.close();
  if (devices.length === 0) {
    return [
      {
        subject: 'audio',
        severity: 'warning',
        summary: 'no sound device was found; calls run in silence',
        cure: 'Connect a headset. On Linux the package libasound2 is needed; after a failed build of naudiodon, install a C++ compiler and run npm install again.',
      },
    ];
  }
  return devices.map(({ name, inputs, outputs }) => ({
    subject: 'audio',
    severity: 'ok',
    summary: `${name} (${inputs} in, ${outputs} out)`,
  }));
}

async function ports(): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const port of CONVENTIONAL_PORTS) {
    const free = (await canListen(port)) && (port !== 5060 || (await canBind(port)));
    findings.push(
      free
        ? { subject: `port ${port}`, severity: 'ok', summary: 'free' }
        : {
            subject: `port ${port}`,
            severity: 'info',
            summary: 'in use',
            cure: 'A switch is running already, or choose another port in sotto-pbx.yaml.',
          },
    );
  }
  return findings;
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => { resolve(false); }); // prettier-ignore
    server.listen(port, '127.0.0.1', () => server.close(() => { resolve(true); })); // prettier-ignore
  });
}

function canBind(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => { resolve(false); }); // prettier-ignore
    socket.bind(port, '127.0.0.1', () => socket.close(() => { resolve(true); })); // prettier-ignore
  });
}

/** A clock that is years off makes every certificate look expired or not yet valid. */
function clock(): Finding {
  const year = new Date().getUTCFullYear();
  if (year >= 2026 && year < 2046) return { subject: 'clock', severity: 'ok', summary: new Date().toISOString() };
  return {
    subject: 'clock',
    severity: 'error',
    summary: `the clock says ${new Date().toISOString()}`,
    cure: 'Set the clock: certificates are refused while it is wrong.',
  };
}

function dataFolder(chosen: string | undefined): Finding {
  return { subject: 'data folder', severity: 'info', summary: chosen ?? defaultDataFolder() };
}
