import { afterEach, describe, expect, it } from 'vitest';
import { ok } from '../../core/base/result.ts';
import { writeDtmfInfo } from '../../core/media/dtmf-info.ts';
import { MailboxLamp } from '../../core/phone/mailbox-lamp.ts';
import type { MailboxStore, VoicemailMessage } from '../../core/pbx/applications/voicemail.ts';
import type { PhoneCall } from '../../core/phone/phone-call.ts';
import { eventType } from '../../core/sip/message/event.ts';
import { MESSAGE_SUMMARY_TYPE, readMessageSummary } from '../../core/sip/ua/event-package/message-summary.ts';
import { FlowSwitch, userAt, type FlowPhone } from '../support/flow-switch.ts';

let scene: FlowSwitch;
let taken: PhoneCall[] = [];

async function start(...options: ConstructorParameters<typeof FlowSwitch>): Promise<void> {
  scene = new FlowSwitch(...options);
  taken = [];
  await scene.start();
}

afterEach(() => scene.close());

const seconds = (count: number): Promise<void> => scene.clock.advanceAsync(count * 1000);

/** A phone that takes each call after `delayS` seconds; for ever is never. */
function answering(user: string, delayS = 0): FlowPhone {
  return scene.phone(user, 'mandatory', (phone, transaction) => {
    void phone.receive(transaction).then((call) => {
      if (call === undefined) return;
      taken.push(call);
      if (Number.isFinite(delayS)) scene.clock.after(delayS * 1000, () => void call.answer());
    });
  });
}

const shown = (): string[] =>
  scene.events.flatMap((event) => (event.event === 'call' ? [`${event.call.from} ${event.call.to} ${event.call.state}`] : [])); // prettier-ignore

describe('numbers of the switch', () => {
  it.each([
    ['9180', 'ringing'],
    ['9181', 'early'],
    ['9182', 'early'],
  ])('%s rings for twenty seconds, with or without sound, and is answered then', async (number, state) => {
    await start(1);
    const caller = scene.phone('1000', 'mandatory');
    await seconds(1);
    const call = caller.call(userAt(number));
    await seconds(19);
    expect(call.state).toBe(state);
    await seconds(2);
    expect(call.state).toBe('connected');
    call.hangUp();
    await seconds(1);
    expect(shown().at(-1)).toBe(`1000 ${number} ended`);
  });

  it('RFC 3261 §9.2 a ringing test that is taken back is not answered', async () => {
    await start(1);
    const caller = scene.phone('1000', 'mandatory');
    await seconds(1);
    const call = caller.call(userAt('9180'));
    await seconds(5);
    call.hangUp();
    await seconds(60);
    expect([call.state, call.diagnosis]).toEqual(['ended', undefined]);
    expect(shown()).not.toContain('1000 9180 answered');
  });

  it('83 calls the members of a group one after the other', async () => {
    await start(3, { groups: { '01': ['1001', '1002'] } });
    answering('1001', Infinity);
    answering('1002');
    const caller = scene.phone('1000', 'mandatory');
    await seconds(1);
    const call = caller.call(userAt('8301'));
    await seconds(50);
    expect([call.state, taken.length]).toEqual(['ringing', 1]);
    await seconds(15);
    expect([call.state, taken.map(({ state }) => state)]).toEqual(['connected', ['ended', 'connected']]);
    call.hangUp();
    await seconds(1);
  });

  it('81 puts a phone into a group, which 82 then calls, and 80 takes it out', async () => {
    await start(2);
    const member = answering('1001');
    const caller = scene.phone('1000', 'mandatory');
    await seconds(1);
    const refused = caller.call(userAt('8205'));
    await seconds(1);
    expect(refused.status).toBe(404);
    for (const [number, state] of [['8105', 'connected'], ['8005', 'ended']] as const) {
      const joining = member.call(userAt(number));
      await seconds(1);
      joining.hangUp();
      const call = caller.call(userAt('8205'));
      await seconds(2);
      expect(call.state, number).toBe(state);
      call.hangUp();
      await seconds(1);
    } // prettier-ignore
  });

  it('8 and an extension asks the phone to answer by itself', async () => {
    await start(2);
    const asked: (string | undefined)[] = [];
    scene.phone('1001', 'mandatory', (phone, transaction) => {
      asked.push(transaction.request.headers.get('Call-Info'));
      void phone.receive(transaction).then((call) => call?.answer());
    });
    const caller = scene.phone('1000', 'mandatory');
    await seconds(1);
    const call = caller.call(userAt('81001'));
    await seconds(1);
    expect([call.state, asked]).toEqual(['connected', ['<sip:intercom>;answer-after=0']]);
    call.hangUp();
    await seconds(1);
  });

  it('RFC 3515 a partner who is sent to a slot is joined to whoever waits there', async () => {
    await start(3);
    answering('1001');
    const waiter = scene.phone('1002', 'mandatory');
    const caller = scene.phone('1000', 'mandatory');
    await seconds(1);
    const waiting = waiter.call(userAt('6005'));
    const call = caller.call(userAt('1001'));
    await seconds(1);
    call.transferTo(userAt('6005'));
    await seconds(3);
    expect([waiting.state, call.state, call.transfer?.state, taken[0]?.state]).toEqual(['connected', 'ended', 'done', 'connected']); // prettier-ignore
    expect(shown()).toContain('1002 1001 answered');
    waiting.hangUp();
    await seconds(1);
    expect(taken[0]?.state).toBe('ended');
  });

  it('a call that waits and gives up leaves its slot free', async () => {
    await start(2);
    const [waiter, other] = [scene.phone('1000', 'mandatory'), scene.phone('1001', 'mandatory')];
    await seconds(1);
    const waiting = waiter.call(userAt('6005'));
    await seconds(1);
    waiting.hangUp();
    await seconds(1);
    const next = other.call(userAt('6005'));
    await seconds(1);
    expect(shown().at(-1)).toBe('1001 6005 answered');
    next.hangUp();
    await seconds(1);
  });

  it('*8 takes a call that rings in the own callgroup; where none rings it is 404', async () => {
    await start(3);
    answering('1001', Infinity);
    const [caller, taker] = [scene.phone('1000', 'mandatory'), scene.phone('1002', 'mandatory')];
    await seconds(1);
    const early = taker.call(userAt('*8'));
    await seconds(1);
    expect(early.status).toBe(404);
    const call = caller.call(userAt('1001'));
    await seconds(1);
    const taking = taker.call(userAt('*8'));
    await seconds(2);
    expect([call.state, taking.state, taken[0]?.state]).toEqual(['connected', 'connected', 'ended']);
    expect(shown()).toContain('1000 1002 answered');
    call.hangUp();
    await seconds(1);
    expect(taking.state).toBe('ended');
  });

  it('redial and call return are 404 for whoever never called, and was never called', async () => {
    await start(1);
    const caller = scene.phone('1000', 'mandatory');
    await seconds(1);
    for (const number of ['870', '870', '*69']) {
      const call = caller.call(userAt(number));
      await seconds(1);
      expect(call.status, number).toBe(404);
    }
  });
});

describe('the lamp of a mailbox', () => {
  const summaries: (string | undefined)[] = [];

  /** Tells of each change of the mailbox of `user`; the code of what refused it, where something did. */
  async function watch(phone: FlowPhone, user: string): Promise<string | undefined> {
    let refused: string | undefined;
    const flow = phone.account.registration.view.flow;
    if (flow === undefined) throw new Error('not registered');
    const subscription = phone.agent.userAgent.subscribe({
      event: eventType('message-summary'),
      accept: [MESSAGE_SUMMARY_TYPE],
      target: userAt(user),
      from: { uri: phone.account.options.address },
      digest: phone.account.digest,
      expires: 600,
      connect: () => Promise.resolve(ok(flow)),
      onNotify: ({ body }) => {
        const summary = body === undefined ? undefined : readMessageSummary(body);
        const voice = summary?.counts.get('voice-message');
        summaries.push(voice && `${voice.fresh}/${voice.old}`);
      },
      onChange: ({ diagnosis }) => {
        refused = diagnosis?.code;
      },
    });
    subscription.start();
    await seconds(2);
    return refused;
  }

  it('RFC 3842 §3 tells its user how many messages wait, and of each change', async () => {
    const messages: VoicemailMessage[] = [];
    const mailboxes: MailboxStore = {
      list: () => Promise.resolve([...messages]),
      begin: (_, from) =>
        Promise.resolve(
          ok({
            path: '/recording.wav',
            keep: () => {
              messages.push({ id: '1', from, leftAt: 0, heard: false, path: '/recording.wav' });
              return Promise.resolve(ok(undefined));
            },
            discard: () => Promise.resolve(),
          }),
        ),
      markHeard: () => Promise.resolve(),
      remove: () => Promise.resolve(),
    };
    await start(2, { mailboxes, user: { 'vm-enabled': true } });
    const [caller, owner] = [scene.phone('1000', 'mandatory'), scene.phone('1001', 'mandatory')];
    await seconds(1);
    expect(await watch(owner, '1001')).toBeUndefined();
    expect(summaries).toEqual(['0/0']);
    const lamp = new MailboxLamp(owner.account, owner.agent.userAgent, () => undefined);
    lamp.start();
    await seconds(2);
    expect(lamp.state).toEqual({ fresh: 0, old: 0, listen: '*98' });
    expect(await watch(caller, '1001')).toBe('sip.forbidden');

    // Nobody answers: after its time the call is the mailbox's.
    const call = caller.call(userAt('1001'));
    await seconds(65);
    expect(call.state).toBe('connected');
    // Nothing sounds here, so that keys have to end what is spoken, and the tone behind it.
    for (let keys = 0; keys < 2; keys++) {
      void call.session?.request('INFO', writeDtmfInfo('5'));
      await seconds(1);
    }
    await seconds(30);
    call.hangUp();
    await seconds(5);
    expect(summaries).toEqual(['0/0', '1/0']);
    expect(lamp.state).toEqual({ fresh: 1, old: 0, listen: '*98' });
    lamp.stop();
    await seconds(2);
  });

  it('of a phone stays dark where the server has no mailboxes', async () => {
    await start(1);
    const phone = scene.phone('1000', 'mandatory');
    await seconds(1);
    const lamp = new MailboxLamp(phone.account, phone.agent.userAgent, () => undefined);
    lamp.start();
    await seconds(10);
    expect(lamp.state).toBeUndefined();
  });
});
