import { xmlText } from '../../base/xml-text.ts';
import type { PbxConfiguration } from '../configuration.ts';
import { dialPlanRules, type Action, type Context, type Sound } from '../dial-plan.ts';

/** An application of FreeSWITCH's dial plan and what it gets. */
type Step = readonly [application: string, data?: string];

/** FreeSWITCH's tones for the sounds that are no files (its `tone_stream`). */
const SOUNDS: Readonly<Record<Sound, string>> = {
  milliwatt: '{loops=-1}tone_stream://%(251,0,1004)',
  melody:
    '{loops=10}tone_stream://%(300,50,523.25);%(300,50,587.33);%(300,50,659.25);%(300,50,698.46);%(600,400,783.99)',
  'hold-music': 'local_stream://default',
  'ringback-uk': '{loops=-1}tone_stream://%(400,200,400,450);%(400,2000,400,450)',
  silence: 'silence_stream://-1',
};

const SAY = { time: 'CURRENT_TIME', date: 'CURRENT_DATE', both: 'CURRENT_DATE_TIME' } as const;

/** Where the switch remembers who was called, by whom, for redial, call return and pick-up. */
const REMEMBER: readonly Step[] = [
  ['hash', 'insert/${domain_name}-last_dial/${caller_id_number}/${destination_number}'],
  ['hash', 'insert/${domain_name}-call_return/USER/${caller_id_number}'],
  ['hash', 'insert/${domain_name}-last_dial_ext/USER/${uuid}'],
  ['hash', 'insert/${domain_name}-last_dial_ext/${user_data(USER@${domain_name} var callgroup)}/${uuid}'],
  ['hash', 'insert/${domain_name}-last_dial_ext/global/${uuid}'],
];

/** The dial plan in one context, as FreeSWITCH reads it. */
export function freeswitchContext(configuration: PbxConfiguration, context: Context): string {
  const extensions = dialPlanRules(configuration.dialplan)
    .filter(({ contexts }) => contexts.includes(context))
    .map(({ name, destination_number: pattern, action }) =>
      extension(name, pattern.source, stepsOf(action, configuration)),
    );
  if (context === 'default') {
    // Rooms with a number come before the rule for all rooms; what becomes of an unanswered call comes after everything.
    const rooms = Object.keys(configuration.conferences).filter((room) => /^\d+$/.test(room));
    extensions.unshift(
      ...rooms.map((room) =>
        extension(`conference-${room}`, `^${room}$`, stepsOf({ application: 'conference', room }, configuration)),
      ),
    );
    extensions.push(
      extension('mailbox', '^vm-true-(.+)$', [
        ['answer'],
        ['sleep', '1000'],
        ['voicemail', 'default ${domain_name} $1'],
      ]),
      extension('no-mailbox', '^vm-(?:false)?-(.+)$', [['hangup', '${originate_disposition}']]),
      `    <extension name="users">
      <condition field="\${user_exists(id \${destination_number} \${domain_name})}" expression="^true$"/>
${condition('^(.+)$', stepsOf({ application: 'bridge', user: '$1' }, configuration))}
    </extension>`,
    );
  }
  return `<include>
  <context name="${context}">
${extensions.join('\n')}
  </context>
</include>
`; // prettier-ignore
}

function extension(name: string, pattern: string, steps: readonly Step[]): string {
  return `    <extension name="${xmlText(name)}">\n${condition(pattern, steps)}\n    </extension>`;
}

function condition(pattern: string, steps: readonly Step[]): string {
  const actions = steps.map(
    ([application, data]) =>
      `        <action application="${application}"${data === undefined ? '' : ` data="${xmlText(data)}"`}/>`,
  );
  return `      <condition field="destination_number" expression="${xmlText(pattern)}">\n${actions.join('\n')}\n      </condition>`;
}

/** What FreeSWITCH does for one of our actions. */
function stepsOf(action: Action, { conferences, profiles }: PbxConfiguration): readonly Step[] {
  switch (action.application) {
    case 'bridge':
      return bridge(word(action.user), action.intercom === true);
    case 'gateway': {
      const known = Object.values(profiles)
        .map(({ gateways }) => gateways[action.gateway])
        .find((one) => one !== undefined);
      const secure = known?.rtp_secure_media ?? 'optional';
      return [['set', 'hangup_after_bridge=true'], ['bridge', `{rtp_secure_media=${secure}}sofia/gateway/${action.gateway}/${word(action.number)}`]]; // prettier-ignore
    }
    case 'group': {
      const order = action.order === 'sequential' ? ':order' : '';
      const dial = action.order === 'sequential' ? '{leg_timeout=20,ignore_early_media=true}' : '';
      return [['set', 'continue_on_fail=false'], ['bridge', `${dial}\${group(call:${word(action.group)}@\${domain_name}${order})}`]]; // prettier-ignore
    }
    case 'group-member': {
      const verb = action.member ? 'insert' : 'delete';
      return [
        ['answer'],
        ['group', `${verb}:${word(action.group)}@\${domain_name}:\${sofia_contact(\${sip_from_user}@\${domain_name})}`],
        ['gentones', '%(1000, 0, 640)'],
      ];
    }
    case 'echo':
      return [['answer'], action.delay === 0 ? ['echo'] : ['delay_echo', String(action.delay * 1000)]];
    case 'playback':
      return playback(action);
    case 'say':
      return [['answer'], ['sleep', '1000'], ['say', `en ${SAY[action.what]} pronounced \${strepoch()}`], ['hangup']];
    case 'conference': {
      const pin = conferences[action.room]?.pin;
      return [['answer'], ['conference', `${word(action.room)}@default${pin === undefined ? '' : `+${pin}`}`]];
    }
    case 'park':
      if (action.slot === undefined) return [['set', 'fifo_music=local_stream://default'], ['fifo', 'sotto@${domain_name} in']]; // prettier-ignore
      return [
        ['answer'],
        ['valet_park', action.slot === 'any' ? 'sotto auto in 6001 6099' : `sotto ${word(action.slot)}`],
      ];
    case 'unpark':
      return [['answer'], ['fifo', 'sotto@${domain_name} out nowait']];
    case 'intercept': {
      const callgroup = '${user_data(${sip_from_user}@${domain_name} var callgroup)}';
      const whose = action.everywhere === true ? 'global' : action.user === undefined ? callgroup : word(action.user);
      return [['answer'], ['intercept', `\${hash(select/\${domain_name}-last_dial_ext/${whose})}`], ['sleep', '2000']];
    }
    case 'redial':
      return [['transfer', '${hash(select/${domain_name}-last_dial/${caller_id_number})}']];
    case 'call-return':
      return [['transfer', '${hash(select/${domain_name}-call_return/${caller_id_number})}']];
    case 'voicemail':
      return [['answer'], ['sleep', '1000'], ['voicemail', 'check default ${domain_name} ${sip_from_user}']];
    case 'transfer':
      return [['transfer', `${word(action.number)} XML \${context}`]];
  }
}

/** In our rules `$0` is the number. */
function word(text: string): string {
  return text.replaceAll('$0', '${destination_number}');
}

function bridge(user: string, intercom: boolean): readonly Step[] {
  const remember = REMEMBER.map(([application, data = '']): Step => [application, data.replaceAll('USER', user)]);
  return [
    ...remember,
    ['set', 'ringback=${us-ring}'],
    ['set', 'transfer_ringback=local_stream://default'],
    ['set', 'call_timeout=60'],
    ['set', 'hangup_after_bridge=true'],
    ['set', 'continue_on_fail=true'],
    ...(intercom ? ([['export', 'sip_auto_answer=true']] as const) : []),
    ['bridge', `user/${user}@\${domain_name}`],
    ['transfer', `vm-\${user_data(${user}@\${domain_name} param vm-enabled)}-${user} XML default`],
  ];
}

function playback({ sound, before }: Extract<Action, { application: 'playback' }>): readonly Step[] {
  const steps: Step[] = [];
  if (before !== undefined) {
    steps.push([before.status === 180 ? 'ring_ready' : 'pre_answer']);
    if (before.sound !== undefined) {
      steps.push(
        ['set', `playback_timeout_sec=${before.seconds ?? 600}`],
        ['playback', SOUNDS[before.sound]],
        ['unset', 'playback_timeout_sec'],
      );
    } else steps.push(['sleep', String((before.seconds ?? 600) * 1000)]);
    if (before.seconds === undefined) return [...steps, ['hangup', 'NO_ANSWER']];
  }
  steps.push(['answer']);
  return [...steps, ['playback', SOUNDS[sound]]];
}
