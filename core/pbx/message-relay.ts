import type { Diagnosis } from '../base/diagnosis.ts';
import type { Result } from '../base/result.ts';
import { isSipUri } from '../sip/message/uri.ts';
import type { ServerTransaction } from '../sip/transaction/transaction-user.ts';
import type { Flow } from '../sip/transport/flow.ts';
import type { UserAgent } from '../sip/ua/user-agent.ts';
import { callerOf } from './call-router.ts';
import type { CallRoutes } from './call-routes.ts';
import type { Directory } from './directory.ts';
import type { Binding } from './location-service.ts';
import type { SipProfile } from './sip-profile.ts';

export interface MessageRelayPorts {
  readonly directory: Directory;
  readonly routes: CallRoutes;
  readonly flowTo: (binding: Binding) => Promise<Result<Flow, Diagnosis>>;
  readonly userAgentOf: (flow: Flow) => UserAgent | undefined;
  readonly onDiagnosis: (diagnosis: Diagnosis, profile: SipProfile, flow: Flow | undefined) => void;
}

/** A message goes to every phone of its user at once; nothing is kept for later (RFC 3428 §7). */
export class MessageRelay {
  readonly #ports: MessageRelayPorts;

  constructor(ports: MessageRelayPorts) {
    this.#ports = ports;
  }

  async relay(profile: SipProfile, transaction: ServerTransaction, user: string | undefined): Promise<void> {
    const { directory, routes } = this.#ports;
    const { request } = transaction;
    const route = isSipUri(request.uri) ? routes.find(profile.configuration.context, request.uri) : undefined;
    const bindings = route?.rounds.flat().filter((callee) => 'flow' in callee) ?? [];
    if (route?.action?.application !== 'bridge' || bindings.length === 0) {
      profile.userAgent.reply(transaction, route?.action?.application === 'bridge' ? 480 : 404);
      return;
    }
    const parties = {
      from: directory.party(user ?? callerOf(request)),
      to: { uri: directory.uriOf(route.action.user) },
    };
    const statuses = await Promise.all(bindings.map((binding) => this.#send(profile, transaction, binding, parties)));
    profile.userAgent.reply(transaction, Math.min(...statuses));
  }

  async #send(
    profile: SipProfile,
    { request }: ServerTransaction,
    binding: Binding,
    parties: {
      readonly from: ReturnType<Directory['party']>;
      readonly to: { readonly uri: ReturnType<Directory['uriOf']> };
    },
  ): Promise<number> {
    const { flowTo, userAgentOf, onDiagnosis } = this.#ports;
    const { contact, path = [] } = binding;
    const found = await flowTo(binding);
    if (!found.ok) {
      onDiagnosis(found.error, profile, binding.flow);
      return 480;
    }
    const flow = found.value;
    const headers = path.map((value) => ['Route', value] as const);
    const body = { contentType: request.contentType ?? 'text/plain', content: request.body };
    const message = { flow, target: contact, ...parties, digest: undefined, headers };
    const answer = await userAgentOf(flow)?.message(message, body);
    return answer?.ok === true ? answer.value.status : 480;
  }
}
