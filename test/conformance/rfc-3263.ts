import type { RfcRequirements } from './requirement.ts';

export const RFC_3263: RfcRequirements = {
  rfc: 3263,
  title: 'Locating SIP servers',
  scope: '§4–§5',
  requirements: [
    {
      section: '4.1',
      must: 'A numeric address decides by itself: UDP for sip, TLS for sips, unless the URI names a transport.',
      test: 'without any lookup',
    },
    {
      section: '4.1',
      must: 'A transport that the URI names is used.',
      test: 'a transport parameter leaves port and host to the SRV records of that transport',
    },
    {
      section: '4.1',
      must: 'A transport that is named but not spoken is not replaced by another one.',
      test: 'a transport that is switched off is not used even where the URI asks for it',
    },
    {
      section: '4.1',
      must: 'For sips, services other than SIPS are discarded.',
      test: 'sips MUST take only SIPS services',
    },
    {
      section: '4.1',
      must: 'NAPTR services that are not SIP, or whose transport is not spoken, are discarded; order and preference decide among the rest.',
      test: '§4.1 NAPTR records are followed by order, however they arrive; what is not SIP, or not spoken, is passed over with a reason',
    },
    {
      section: '4.1',
      must: 'For sips, without a service over TLS the domain is not contacted in another way.',
      test: '§4.1 MUST NOT try the address of a domain that offers SIP without TLS alone, where sips is asked for',
    },
    {
      section: '4.1',
      must: 'Without NAPTR records, SRV is asked for each transport that is spoken.',
      test: 'without NAPTR the SRV records of the preferred transport are taken',
    },
    {
      section: '4.1',
      must: 'Without SRV records either, sips goes by TLS and sip by UDP.',
      test: 'without NAPTR and SRV the address of the domain is taken, UDP for sip and TLS for sips',
    },
    {
      section: '4.1',
      must: 'The certificate of a TLS server is checked against the name that the search began with.',
      test: 'RFC 5922 §7.3 the certificate MUST show the domain that was asked for, not the host that SRV led to',
    },
    {
      section: '4.2',
      must: 'A name with a port is looked up as address only.',
      test: '§4.2 a name with a port is looked up as A and AAAA only, in the order given',
    },
    { section: '4.2', must: 'maddr is what is looked up, where the URI has it.', test: 'without any lookup' },
    {
      section: '4.2',
      must: 'Of SRV records the lesser priority comes first; weight draws lots among equal ones.',
      test: 'RFC 2782 weight decides how often a record comes first',
    },
    {
      section: '4.3',
      must: 'After a failure of the transport or a time-out the next address is tried, until the list ends.',
      test: '§4.3 a server that cannot be reached makes room for the next',
    },
    {
      section: '4.3',
      must: 'After 503 or a time-out the request that goes to the next server is a new transaction.',
      test: '§4.3 after a 503 or a time-out the next server of the list gets a new request',
    },
    {
      section: '4.3',
      must: 'A server that rests after a failure is not tried first.',
      test: '§4.3 a server that failed is tried last the next time',
    },
    {
      section: '4.4',
      must: 'Who keeps no state chooses the same server for each retransmission.',
      test: '§4.4 without state the lot follows from the key',
    },
    {
      section: '5',
      must: 'A response whose connection is gone goes where sent-by of the Via leads: numeric, with port, or by SRV.',
      test: '§5 a response goes where the Via says',
    },
    {
      section: '5',
      must: 'A response that fails there goes to the next of the servers found.',
      test: '§5 a response that cannot go back the way its request came goes where its Via leads',
    },
  ],
};
