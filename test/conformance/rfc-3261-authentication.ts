import type { Requirement } from './requirement.ts';

/** RFC 3261 §22: authentication. */
export const RFC_3261_AUTHENTICATION: readonly Requirement[] = [
  {
    section: '22',
    must: 'Nobody challenges with Basic',
    test: 'DigestAuthenticator with ClientDigest RFC 8760 §2.3 MUST send one challenge for each algorithm',
  },
  {
    section: '22',
    must: 'Credentials of Basic are not accepted',
    reason: 'the reader of credentials knows Digest alone; no test sends Basic to the switch',
  },
  {
    section: '22.1',
    must: 'Proxies challenge with 407, not with 401',
    reason: 'the switch is no proxy; it challenges calls with 407 as proxies do, REGISTER with 401',
  },
  {
    section: '22.1',
    must: 'Realms are unique in the world',
    reason: 'the domain of the configuration is the realm; that it is unique is up to who runs the switch',
  },
  {
    section: '22.1',
    must: 'Credentials that were good for an INVITE are good for its ACK',
    reason: 'an ACK is not asked for credentials at all',
  },
  {
    section: '22.1',
    must: 'An ACK has the credentials of its INVITE',
    test: 'RFC 3261 §8.1.3.5 a refused INVITE that is sent again §22.2, §22.3 after 401 is sent again with credentials; the ACK',
  },
  {
    section: '22.1',
    must: 'An ACK is not challenged',
    reason: 'an ACK goes to its call, past everything that challenges',
  },
  {
    section: '22.1',
    must: 'A CANCEL is not challenged',
    test: 'INVITE server transaction §9.2 CANCEL MUST be answered 200 with the To tag of the INVITE',
  },
  {
    section: '22.2',
    must: 'A 401 has WWW-Authenticate with scheme and parameters of the realm',
    test: 'a SIP profile challenges with MD5 alone',
  },
  {
    section: '22.2',
    must: 'A 401 is answered by Authorization',
    test: 'ClientDigest RFC 3261 §22.2 401 is answered by Authorization',
  },
  {
    section: '22.2',
    must: 'The request with credentials has the next CSeq',
    test: 'Registration §22.2: answers a challenge and goes on with the next CSeq',
  },
  {
    section: '22.2',
    must: 'Credentials that were refused just now are not sent again',
    test: 'ClientDigest RFC 7616 §3.3 fresh credentials refused without stale are wrong: no second try',
  },
  {
    section: '22.3',
    must: 'A 407 is answered by Proxy-Authorization',
    test: 'ClientDigest RFC 3261 §22.2 401 is answered by Authorization, §22.3 407 by Proxy-Authorization',
  },
  {
    section: '22.3',
    must: 'A 407 has Proxy-Authenticate',
    reason: 'the same code as for 401, with the other name; no unit test looks at a challenged call',
  },
  {
    section: '22.3',
    must: 'Each of several realms gets its credentials',
    test: 'ClientDigest RFC 3261 §22.3 several realms MUST each get their credentials',
  },
  {
    section: '22.3',
    must: 'Proxies leave Proxy-Authorization of other realms alone and collect challenges',
    reason: 'proxy only',
  },
  {
    section: '22.4',
    must: 'uri is the Request-URI',
    test: 'ClientDigest RFC 3261 §22.4 credentials MUST have opaque, qop, nc, cnonce and the Request-URI',
  },
  {
    section: '22.4',
    must: 'Where the challenge has qop, the credentials have it, with cnonce and nc',
    test: 'ClientDigest RFC 3261 §22.4 credentials MUST have opaque, qop, nc, cnonce',
  },
  {
    section: '22.4',
    must: 'Without qop there is neither cnonce nor nc',
    test: 'ClientDigest RFC 2617 §3.2.1 without qop there MUST be no qop, nc or cnonce',
  },
  {
    section: '22.4',
    must: 'With auth-int an empty body counts as the hash of nothing',
    test: 'digest response RFC 7616 §3.4.3 auth-int MUST cover the body',
  },
  {
    section: '22.4',
    must: 'A challenge of ours has qop',
    test: 'DigestAuthenticator with ClientDigest RFC 7616 §3.4 credentials without qop MUST be challenged',
  },
];
