import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallView } from '../../../core/api/state.ts';
import type { Phone } from '../../../core/phone/phone.ts';
import { CliProcess, killLeftovers } from '../../support/cli-run.ts';
import { makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';
import { PhoneHere } from '../../support/phone-here.ts';

let scene: PbxScene;
let pbx: RunningPbx;
let here: PhoneHere;
let phone: Phone;

beforeAll(async () => {
  scene = await makePbxFolder();
  pbx = await RunningPbx.start(scene);
  here = await PhoneHere.start(scene, pbx);
  ({ phone } = here);
}, 120_000);

afterAll(async () => {
  await here.close();
  await pbx.stop();
  await scene.remove();
  expect(await killLeftovers()).toEqual([]);
}, 60_000);

const isConnected = ({ state }: CallView): boolean => state === 'connected';

async function answering(user: string): Promise<CliProcess> {
  const other = new CliProcess(['answer', ...pbx.account(user), '--echo', '--json']);
  await other.event('ready');
  return other;
}

describe('several calls of one phone', () => {
  it('RFC 5589 §7: one speaks at a time, and two are connected after a consultation', async () => {
    const [second, third] = await Promise.all([answering('1001'), answering('1002')]);
    const first = await phone.handlers['call.start']({ target: '1001', accountId: null });
    await here.call(first.callId, isConnected);
    const consultation = await phone.handlers['call.consult']({ callId: first.callId, target: '1002' });
    await here.call(consultation.callId, isConnected);
    await here.call(first.callId, ({ hold }) => hold.here);
    await second.event('held', ({ by }) => by === 'there');
    expect(phone.snapshot().calls.at(-1)).toMatchObject({ consults: first.callId });

    await phone.handlers['call.hold']({ callId: first.callId, held: false });
    await here.call(first.callId, ({ hold }) => !hold.here);
    await here.call(consultation.callId, ({ hold }) => hold.here);

    await phone.handlers['call.connect']({ callId: consultation.callId });
    const ended = await here.call(first.callId, ({ state }) => state === 'ended');
    expect(ended).toMatchObject({ transfer: { state: 'done', target: '1002' }, diagnosis: null });
    await here.call(consultation.callId, ({ state }) => state === 'ended');
    const joined = await pbx.process.event('call', ({ state, from, to }) => state === 'answered' && from === '1002' && to === '1001'); // prettier-ignore
    expect(joined.legs).toMatchObject([{ security: 'encrypted' }, { security: 'encrypted' }]);
    await third.event('held', ({ by }) => by === 'nobody');
    const before = Number((await third.event('media')).packetsReceived);
    await third.event('media', ({ packetsReceived }) => Number(packetsReceived) > before + 50);

    second.signal('SIGTERM');
    await third.event('ended');
    await Promise.all([second.finished, third.finished]);
  }, 120_000);

  it('connects nothing where there are not two calls', async () => {
    const first = await phone.handlers['call.start']({ target: '9196', accountId: null });
    await here.call(first.callId, isConnected);
    expect(() => phone.handlers['call.connect']({ callId: first.callId })).toThrow('There are no two calls');
    await phone.handlers['call.hangUp']({ callId: first.callId });
    await here.call(first.callId, ({ state }) => state === 'ended');
  }, 60_000);
});
