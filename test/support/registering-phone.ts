import { readFile } from 'node:fs/promises';
import { Secret } from '../../core/base/secret.ts';
import { mediaCapabilities } from '../../core/media/capabilities.ts';
import { Account } from '../../core/phone/account.ts';
import { PhoneAgent } from '../../core/phone/phone-agent.ts';
import { createCorePorts } from '../../core/shell/core-ports.ts';
import { sipUri } from '../../core/sip/message/uri.ts';
import { DEFAULT_TLS_CLIENT_SETTINGS } from '../../core/tls/tls-settings.ts';
import { DOMAIN, type RunningPbx } from './pbx-scene.ts';

/** What came of a REGISTER from this process: `registered`, or the code of the diagnosis. */
export async function registerOnce(pbx: RunningPbx, transport: 'udp' | 'tcp' | 'tls', user = '1000'): Promise<string> {
  const ports = createCorePorts({ version: 'test', audio: 'silence' });
  const agent = new PhoneAgent(ports);
  const trust = [await readFile(pbx.scene.ca, 'utf8')];
  const outcome = await new Promise<string>((resolve) => {
    const account = new Account(agent, {
      id: 'test',
      address: sipUri({ user, host: DOMAIN }),
      displayName: undefined,
      authorizationUser: user,
      password: new Secret(pbx.scene.password(user)),
      server: { host: '127.0.0.1', port: pbx.port(transport) },
      transport,
      tls: { ...DEFAULT_TLS_CLIENT_SETTINGS, trust },
      capabilities: mediaCapabilities({ secureMedia: 'optional' }),
      expires: 60,
      onRegistration: ({ state, diagnosis }) => {
        if (state === 'registered') void account.registration.stop().then(() => { resolve('registered'); });
        if (state === 'failed') resolve(diagnosis?.code ?? 'failed');
      },
    });
    account.registration.start();
  }); // prettier-ignore
  await agent.close();
  return outcome;
}
