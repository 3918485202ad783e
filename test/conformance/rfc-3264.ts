import type { RfcRequirements } from './requirement.ts';

export const RFC_3264: RfcRequirements = {
  rfc: 3264,
  title: 'Offer and answer with SDP',
  scope: '§4–§8, unicast audio',
  requirements: [
    {
      section: '4',
      must: 'No offer is made while one of either side is unanswered.',
      test: 'as the table says, with the rule for it',
    },
    {
      section: '4',
      must: 'An offer that is refused leaves the session as it was.',
      test: 'RFC 3261 §14.1 a refused offer leaves what was agreed',
    },
    {
      section: '5',
      must: 'A description is one valid session with v=, numeric o= below 2^63 and 2^62, s= that is not empty, and t=.',
      test: '§5 are of one session each, with v=0',
    },
    {
      section: '5.1',
      must: 'Who wishes only to send says sendonly, and sends and receives as it said.',
      test: '§8.4 offers sendonly and sends nothing while it holds',
    },
    {
      section: '5.1',
      must: 'Who wishes only to receive, or neither, says recvonly or inactive.',
      test: 'in direction ',
    },
    {
      section: '5.1',
      must: 'A dynamic payload type has a mapping; formats are listed by preference.',
      test: '§5.1 MUST have a mapping for every dynamic payload type, and list formats by preference',
    },
    {
      section: '5.1',
      must: 'The offerer is prepared to receive what it offered once the offer is sent.',
      reason:
        'sockets are open before an offer is written; sound before the answer is dropped, since keys and formats are not agreed',
    },
    {
      section: '6',
      must: 'An answer has as many lines as the offer, in the same order; what is refused has port 0.',
      test: 'RFC 3264 §6: has one line for each of the offer, in its order',
    },
    {
      section: '6',
      must: 't= of an answer is that of the offer.',
      test: '§6 the t= of an answer MUST be that of the offer',
    },
    {
      section: '6',
      must: 'The transport of a line is that of the offer.',
      test: '§6 the transport of each line of an answer MUST be that of the offer',
    },
    {
      section: '6',
      must: 'Where no format is common, the stream is refused.',
      test: 'offer and answer refuses no codec that we have',
    },
    {
      section: '6.1',
      must: 'sendonly is answered with recvonly or inactive, recvonly with sendonly or inactive, inactive with inactive.',
      test: 'RFC 3264 §6.1: answers ',
    },
    {
      section: '6.1',
      must: 'An answer that allows more than was offered is not made use of.',
      test: '§6.1 an answer that allows more than was offered is cut back to it',
    },
    {
      section: '6.1',
      must: 'An answer has at least one format, and only formats of the offer.',
      test: '§6.1 an answer has at least one format, and none that was not offered',
    },
    {
      section: '6.1',
      must: 'Sent is with the payload type of the other description, also where it is another one than ours.',
      test: '§6.1, §7 what is sent has the payload type of the other description',
    },
    {
      section: '6.2',
      must: 'Multicast streams.',
      reason: 'calls are unicast; a multicast address is used like any other',
    },
    {
      section: '7',
      must: 'The offerer sends in a format of the answer, the first by preference.',
      test: '§7 the first format of the answer is the one that is sent',
    },
    { section: '7', must: 'A stream that was refused is not sent to.', test: 'does not take an answer with port 0' },
    {
      section: '8',
      must: 'A changed description has a version one higher, an unchanged one the same.',
      test: 'RFC 3264 §8: counts the version of a changed description up, and of that one alone',
    },
    {
      section: '8',
      must: 'A new offer has every line of before, in its place.',
      test: '§8 MUST have as many m-lines as before, in their order',
    },
    {
      section: '8.2',
      must: 'A stream that is taken away stays as a line with port 0.',
      test: '§8 MUST have as many m-lines as before, in their order',
    },
    {
      section: '8.3.1',
      must: 'A new address or port of the peer is used from the answer on.',
      test: '§8 MUST have as many m-lines as before, in their order',
    },
    {
      section: '8.3.2',
      must: 'A payload type does not change its meaning within a session.',
      test: '§8.3.2 MUST NOT give a payload type another meaning',
    },
    {
      section: '8.3.3',
      must: 'The type of media of a line is not changed by us.',
      test: '§8 MUST have as many m-lines as before, in their order',
    },
    {
      section: '8.4',
      must: 'c=0.0.0.0 is understood as hold.',
      test: '§8.4 of an old c=0.0.0.0: nothing is sent, and the address in force stays',
    },
    {
      section: '8.4',
      must: 'Who is on hold itself answers or offers so that both holds stand.',
      test: '§8.4 both may hold: who resumes first still hears nothing',
    },
    {
      section: '9',
      must: 'Capabilities of a stream that is offered with port 0.',
      reason: 'descriptions of capabilities alone are neither made nor asked for',
    },
  ],
};
