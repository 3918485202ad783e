import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Baresip, baresipAvailable } from '../../support/baresip.ts';
import { CliProcess, killLeftovers } from '../../support/cli-run.ts';
import { installed } from '../../support/external-program.ts';
import { freePort } from '../../support/free-port.ts';
import { Linphone, linphoneAvailable } from '../../support/linphone.ts';
import { DOMAIN, makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';

const SPEECH = fileURLToPath(new URL('../../../resources/sounds/demo-speech.wav', import.meta.url));

describe.skipIf(!installed('sox'))('a phone with nothing but what sotto provision wrote', () => {
  let scene: PbxScene;
  let pbx: RunningPbx;
  /** Speech at the rate of PCMA: baresip plays no other. */
  let narrow: string;

  beforeAll(async () => {
    scene = await makePbxFolder();
    await scene.edit('tls-sip-port: 0', `tls-sip-port: ${await freePort()}`);
    narrow = join(scene.folder, 'narrow.wav');
    execFileSync('sox', [SPEECH, '-r', '8000', narrow]);
    pbx = await RunningPbx.start(scene);
  });
  afterAll(async () => {
    await pbx.stop();
    await scene.remove();
    expect(await killLeftovers()).toEqual([]);
  });

  /** The file of this name among those for `device`. */
  async function provisioned(device: string, name: string, user: string, host: string): Promise<string> {
    const out = join(scene.folder, device);
    const written = await new CliProcess(['provision', device, '--user', user, '--host', host, '--config', scene.config, '--out', out, '--json']).finished; // prettier-ignore
    expect(written.result).toMatchObject({ ok: true, device });
    // Paths that stand alone are relative; a program with a folder of its own wants the whole one.
    const text = (await readFile(join(out, name), 'utf8')).replace('cafile.pem', join(out, 'cafile.pem'));
    await writeFile(join(out, name), text);
    return text;
  }

  const encrypted = (user: string): Promise<unknown> =>
    pbx.process.event('call', (call) => {
      const legs = call.legs as readonly { readonly transport: string; readonly security: string }[];
      return call.state === 'answered' && call.from === user && legs.every(({ transport, security }) => transport === 'tls' && security === 'encrypted'); // prettier-ignore
    });

  it.skipIf(!linphoneAvailable)('Linphone registers, checks the certificate by name, and calls with SRTP', async () => {
    const phone = await Linphone.start({
      folder: join(scene.folder, 'linphone-home'),
      user: '', password: '', domain: DOMAIN, port: 0, ca: '',
      settings: await provisioned('linphone', 'linphonerc', '1001', 'localhost'),
      play: SPEECH,
    }); // prettier-ignore
    try {
      await phone.registered();
      await phone.call('9196');
      await encrypted('1001');
      await phone.hangUp();
    } finally {
      await phone.stop();
    }
  });

  it.skipIf(!baresipAvailable)('baresip registers and calls with SRTP', async () => {
    const phone = await Baresip.start({
      folder: join(scene.folder, 'baresip-home'),
      user: '', password: '', domain: DOMAIN, server: { port: 0, transport: 'tls' }, encryption: undefined,
      // It asks name servers even for localhost.
      account: (await provisioned('baresip', 'accounts', '1002', '127.0.0.1')).trim(),
      codecs: 'pcma',
      play: narrow,
    }); // prettier-ignore
    try {
      await phone.registered();
      phone.dial(`sip:9196@${DOMAIN}`);
      await phone.event('CALL_ESTABLISHED');
      await encrypted('1002');
      phone.hangUp();
    } finally {
      await phone.stop();
    }
  });
});
