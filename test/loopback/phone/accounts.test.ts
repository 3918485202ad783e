import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StoredAccount } from '../../../core/phone/phone-store.ts';
import { killLeftovers } from '../../support/cli-run.ts';
import { makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';
import { PhoneHere } from '../../support/phone-here.ts';

let scene: PbxScene;
let pbx: RunningPbx;
let here: PhoneHere;

beforeAll(async () => {
  scene = await makePbxFolder();
  pbx = await RunningPbx.start(scene);
  here = await PhoneHere.start(scene, pbx);
}, 120_000);

afterAll(async () => {
  await here.close();
  await pbx.stop();
  await scene.remove();
  expect(await killLeftovers()).toEqual([]);
}, 60_000);

const stored = (): StoredAccount | undefined => here.kept.at(-1)?.accounts.at(-1);

describe('an account that was taken over', () => {
  it('goes on logging in by its own name when it is changed, and by the new one when the user is another', async () => {
    const { handlers } = here.phone;
    const text = '[Account1]\ndomain=127.0.0.1\nusername=alice\nauthID=alice-login\npassword=old\ntransport=tls\n';
    await handlers['account.import']({ upload: null, data: btoa(text), last: true });
    expect(stored()).toMatchObject({ authorizationUser: 'alice-login' });
    const accountId = stored()?.id ?? '';
    const form = await handlers['account.read']({ accountId });
    expect(JSON.stringify(form)).not.toMatch(/old|alice-login/);
    await handlers['account.change']({ ...form, accountId, password: '', displayName: 'Alice' });
    expect(stored()).toMatchObject({ id: accountId, authorizationUser: 'alice-login', displayName: 'Alice' });
    expect(stored()?.password.reveal()).toBe('old');
    await handlers['account.change']({ ...form, accountId, password: 'new', address: 'bob@127.0.0.1' });
    expect(stored()).toMatchObject({ id: accountId, authorizationUser: 'bob', address: 'sip:bob@127.0.0.1' });
    expect(stored()?.password.reveal()).toBe('new');
  });
});
