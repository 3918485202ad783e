import type { Requirement } from './requirement.ts';

/** RFC 3261 §9–§11: CANCEL, registrations, OPTIONS. */
export const RFC_3261_CANCEL_REGISTER: readonly Requirement[] = [
  {
    section: '9.1',
    must: 'CANCEL has Request-URI, Call-ID, To, From and the CSeq number of its request',
    test: 'INVITE client transaction §9.1 CANCEL MUST have Request-URI, Via, Route, Call-ID, From, To and CSeq number of the INVITE',
  },
  {
    section: '9.1',
    must: 'CANCEL has one Via, the top one of its request',
    test: 'INVITE client transaction §9.1 CANCEL MUST have Request-URI, Via',
  },
  {
    section: '9.1',
    must: 'CSeq of a CANCEL names CANCEL',
    test: 'INVITE client transaction §9.1 CANCEL MUST have Request-URI, Via',
  },
  {
    section: '9.1',
    must: 'CANCEL has the Route of its request',
    test: 'INVITE client transaction §9.1 CANCEL MUST have Request-URI, Via, Route',
  },
  {
    section: '9.1',
    must: 'CANCEL has neither Require nor Proxy-Require',
    test: 'INVITE client transaction §9.1 CANCEL MUST have Request-URI, Via',
  },
  {
    section: '9.1',
    must: 'CANCEL waits for a provisional response',
    test: 'RFC 3261 §9 CANCEL §9.1 MUST NOT be sent before a provisional response; it follows the first one',
  },
  {
    section: '9.1',
    must: 'CANCEL goes where its request went',
    reason: 'it leaves on the flow of its transaction, which cannot be another',
  },
  {
    section: '9.2',
    must: 'A CANCEL is answered 200 where it matches, and ends the INVITE with 487',
    test: 'INVITE server transaction §9.2 CANCEL MUST be answered 200 with the To tag of the INVITE',
  },
  {
    section: '9.2',
    must: 'A CANCEL behind the final response changes nothing',
    test: 'INVITE server transaction §9.2 CANCEL after a 200 it MUST have no effect but still get its 200',
  },
  {
    section: '10.1',
    must: 'A registrar can write and read the bindings of its domain',
    test: 'REGISTER (RFC 3261) §10.2.3: without Contact it asks, and changes nothing',
  },
  {
    section: '10.2',
    must: 'REGISTER makes no route set of Record-Route',
    reason: 'a registration has no dialog, and nowhere to keep a route set',
  },
  {
    section: '10.2',
    must: 'REGISTER has Request-URI, To, From, Call-ID and CSeq',
    test: 'Registration §10.2: the Request-URI is the domain alone, To and From are the address',
  },
  {
    section: '10.2',
    must: 'The Request-URI of a REGISTER has no user part',
    test: 'Registration §10.2: the Request-URI is the domain alone',
  },
  {
    section: '10.2',
    must: 'To of a REGISTER is a SIP or SIPS URI',
    test: 'Registration §10.2: the Request-URI is the domain alone, To and From are the address',
  },
  {
    section: '10.2',
    must: 'CSeq grows by one with each REGISTER of a Call-ID',
    test: 'Registration §10.2: the Request-URI is the domain alone, To and From are the address, CSeq grows under one Call-ID',
  },
  {
    section: '10.2',
    must: 'A new REGISTER waits for the answer to the one before',
    test: 'Registration start twice at once registers once in the end',
  },
  {
    section: '10.2.2',
    must: 'Contact: * is sent with Expires: 0 only',
    reason: 'we never send it: only our own binding is taken away',
  },
  {
    section: '10.3',
    must: 'A registrar sends no 6xx',
    reason: 'no answer of the registrar has one: 200, 400, 401, 403, 420, 423, 439 and 500 are all there are',
  },
  {
    section: '10.3',
    must: 'A registrar ignores Record-Route',
    test: 'REGISTER (RFC 3261) §10.3: MUST ignore Record-Route',
  },
  {
    section: '10.3',
    must: 'The answer to REGISTER has no Record-Route',
    test: 'REGISTER (RFC 3261) §10.3: MUST ignore Record-Route, and MUST NOT send one',
  },
  {
    section: '10.3',
    must: 'REGISTERs are processed in the order in which they come',
    reason: 'each is answered before the next message is looked at',
  },
  {
    section: '10.3',
    must: 'A REGISTER takes effect as a whole or not at all',
    test: 'REGISTER (RFC 3261) §10.3 step 7: all contacts of a request take effect or none',
  },
  {
    section: '10.3',
    must: 'Each REGISTER is processed by itself',
    reason: 'it is answered before the next message is looked at',
  },
  {
    section: '10.3',
    must: 'Require is processed as by any UAS',
    test: 'RFC 3261 requests outside any dialog §8.2.2.3 MUST answer what it cannot do with 420 and Unsupported',
  },
  {
    section: '10.3',
    must: 'Who is not authorized to change an address of record gets 403',
    reason: 'done in the profile of the switch, which has no test of it yet',
  },
  {
    section: '10.3',
    must: 'An address of record that the domain does not have gets 404',
    reason: 'it gets 403: with a password of another user no one learns which users there are',
  },
  {
    section: '10.3',
    must: 'The address of record is compared without parameters and with escapes undone',
    reason: 'bindings belong to the user that proved the password, whose name the reader of URIs has unescaped',
  },
  {
    section: '10.3',
    must: '* beside another contact gets 400',
    test: 'REGISTER (RFC 3261) §10.3 step 6: * beside another contact gets 400',
  },
  {
    section: '10.3',
    must: '* without Expires: 0 gets 400',
    test: 'REGISTER (RFC 3261) §10.3 step 6: * with another Expires gets 400',
  },
  {
    section: '10.3',
    must: '* takes away every binding of another Call-ID',
    test: 'REGISTER (RFC 3261) §10.2.2: * with Expires: 0 takes away all of them',
  },
  {
    section: '10.3',
    must: '* takes away a binding of the same Call-ID only with a higher CSeq',
    test: 'REGISTER (RFC 3261) §10.3 step 6: * by an older REGISTER of the same Call-ID takes nothing away',
  },
  {
    section: '10.3',
    must: 'The expires parameter goes before everything else',
    test: 'REGISTER (RFC 3261) §10.2.1.1: the parameter goes before the header',
  },
  {
    section: '10.3',
    must: 'Without it the Expires header counts',
    test: 'REGISTER (RFC 3261) §10.2.1.1: the parameter goes before the header',
  },
  {
    section: '10.3',
    must: 'Without both the default of the registrar counts',
    test: 'REGISTER (RFC 3261) §10.2.1.1: the parameter goes before the header, and without either the usual time is granted',
  },
  {
    section: '10.3',
    must: 'A 423 has Min-Expires',
    test: 'REGISTER (RFC 3261) §10.3 step 7: too short a time gets 423 with Min-Expires',
  },
  {
    section: '10.3',
    must: 'Contacts are compared as URIs',
    test: 'LocationService RFC 3261 §10.3 step 7 compares contacts as URIs',
  },
  {
    section: '10.3',
    must: 'A binding of another Call-ID is updated, or removed with expires 0',
    test: 'LocationService §10.3 step 7: the same Call-ID with no higher CSeq is stale; another Call-ID, as after a restart, is not',
  },
  {
    section: '10.3',
    must: 'A binding of the same Call-ID is changed only by a higher CSeq',
    test: 'REGISTER (RFC 3261) §10.3 step 7: an older CSeq of the same Call-ID does not undo a newer one',
  },
  {
    section: '10.3',
    must: 'Where one update fails all of them do',
    test: 'REGISTER (RFC 3261) §10.3 step 7: all contacts of a request take effect or none',
  },
  {
    section: '10.3',
    must: 'The 200 lists all bindings',
    test: 'REGISTER (RFC 3261) §10.3 step 8: the 200 lists every binding with the time it was granted',
  },
  {
    section: '10.3',
    must: 'Each of them has its expires',
    test: 'REGISTER (RFC 3261) §10.3 step 8: each binding is listed with the time that is left to it',
  },
  { section: '11', must: 'Every user agent supports OPTIONS', test: 'RFC 3261 OPTIONS §11.2 tells all that we can do' },
  {
    section: '11.2',
    must: 'OPTIONS gets the status that an INVITE would get',
    test: 'RFC 3261 OPTIONS §11.2 MUST answer with the status that an INVITE would get',
  },
];
