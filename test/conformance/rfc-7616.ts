import type { RfcRequirements } from './requirement.ts';

export const RFC_7616: RfcRequirements = {
  rfc: 7616,
  title: 'HTTP digest authentication, and RFC 8760 for SIP',
  scope: 'RFC 7616 §3 and §5, RFC 8760 §2',
  requirements: [
    {
      section: '3.3',
      must: 'A challenge has realm, nonce and qop; quoted are realm, nonce and qop, not algorithm and stale.',
      test: 'RFC 7616 §3.3 a challenge quotes realm, nonce and qop, not algorithm and stale',
    },
    {
      section: '3.3',
      must: 'A nonce is made anew for each challenge, and by nobody else.',
      test: 'RFC 7616 §5.12 a nonce MUST be new each time and not be made by anybody else',
    },
    {
      section: '3.3',
      must: 'stale=true only where the response was right and its nonce was not; the client goes on without asking.',
      test: 'RFC 7616 §3.3 a nonce that ran out MUST get stale=true, and the client goes on without asking',
    },
    {
      section: '3.3',
      must: 'An algorithm or qop that is not known: the challenge is ignored.',
      test: 'RFC 7616 §3.3 a challenge that cannot be answered is left alone',
    },
    {
      section: '3.3',
      must: 'Of qop values one that is known is chosen; without qop none is sent.',
      test: 'RFC 2617 §3.2.1 without qop there MUST be no qop, nc or cnonce',
    },
    {
      section: '3.4',
      must: 'Credentials have username, realm, nonce, uri, response; with qop also cnonce and nc.',
      test: 'RFC 3261 §22.4 credentials MUST have opaque, qop, nc, cnonce and the Request-URI',
    },
    {
      section: '3.4',
      must: 'Credentials that lack one of them are refused.',
      test: 'RFC 7616 §3.4 credentials without ',
    },
    {
      section: '3.4',
      must: 'opaque comes back unchanged.',
      test: 'RFC 3261 §22.4 credentials MUST have opaque, qop, nc, cnonce and the Request-URI',
    },
    {
      section: '3.4',
      must: 'qop and nc are not quoted in credentials.',
      test: 'RFC 7616 §3.4 credentials MUST NOT quote qop and nc',
    },
    {
      section: '3.4',
      must: 'nc has eight hexadecimal digits and counts the requests with one nonce.',
      test: 'preemptive: nothing before the first challenge, the next count behind it',
    },
    {
      section: '3.4.1',
      must: 'response is of A1, nonce, nc, cnonce, qop and A2.',
      test: 'RFC 7616 §3.9.1 the example with SHA-256',
    },
    {
      section: '3.4.2',
      must: '-sess mixes nonce and cnonce into A1.',
      test: 'RFC 7616 §3.4.2 -sess MUST mix nonce and cnonce into A1',
    },
    { section: '3.4.3', must: 'auth-int covers the body.', test: 'RFC 7616 §3.4.3 auth-int MUST cover the body' },
    {
      section: '3.4.4',
      must: 'username* and userhash.',
      reason: 'optional: neither is sent, and the server never offers userhash',
    },
    {
      section: '3.5',
      must: 'Authentication-Info with nextnonce and rspauth.',
      reason: 'not sent; RFC 3261 §22.4 leaves it to the server, and calls are protected by TLS',
    },
    {
      section: '5.4',
      must: 'A nonce with a count that was used proves nothing.',
      test: 'RFC 7616 §5.4 the same credentials MUST NOT be accepted twice',
    },
    { section: '5.10', must: 'The password is not sent, nor shown.', test: 'ClientDigest does not print its password' },
    {
      section: 'RFC 8760 2.3',
      must: 'A server sends one challenge for each algorithm, the most preferred first.',
      test: 'RFC 8760 §2.3 MUST send one challenge for each algorithm, the most preferred first',
    },
    {
      section: 'RFC 8760 2.4',
      must: 'A client answers the first, or strongest, that it knows, and passes over the others.',
      test: 'RFC 8760 §2.4 of several challenges it MUST answer the strongest it knows, whatever their order',
    },
    {
      section: 'RFC 8760 2.4',
      must: 'A server accepts no algorithm that it did not offer.',
      test: 'RFC 8760 §2.4 an algorithm that was not offered MUST NOT be accepted',
    },
    {
      section: 'RFC 8760 2.6',
      must: 'The sizes of responses: 32 or 64 hexadecimal digits.',
      test: 'RFC 7616 §3.9.2 the example with SHA-512-256',
    },
  ],
};
