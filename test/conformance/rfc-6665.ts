import type { RfcRequirements } from './requirement.ts';

export const RFC_6665: RfcRequirements = {
  rfc: 6665,
  title: 'SIP events',
  scope: '§3–§4',
  requirements: [
    {
      section: '3.1.3',
      must: 'A body has a type of the package that the subscriber takes; else the subscription gets 406.',
      test: '§3.1.3 refuses with 406 who takes none of the types of the package',
    },
    {
      section: '4.1.2.1',
      must: 'SUBSCRIBE has one Event, and a Contact.',
      test: '§4.1.2.1 SUBSCRIBE MUST have one Event, and has Expires, Accept and Contact',
    },
    {
      section: '4.1.2.2',
      must: 'A refresh that gets 481 leads to a new subscription.',
      test: '§4.1.2.2 MUST subscribe anew where a refresh gets 481',
    },
    {
      section: '4.1.2.2',
      must: 'The time that NOTIFY tells counts.',
      test: '§4.1.2.2 MUST take the time of the NOTIFY, where it is another than that of the 2xx',
    },
    {
      section: '4.1.2.3',
      must: 'Unsubscribing is Expires: 0 in the dialog; the last NOTIFY is awaited.',
      test: '§4.1.2.3 unsubscribes with Expires 0 in the dialog, and waits for the last NOTIFY',
    },
    {
      section: '4.1.2.4',
      must: 'A NOTIFY that comes before the 2xx is taken; it makes the dialog.',
      test: '§4.1.2.4 MUST take a NOTIFY that comes before the 2xx, which makes the dialog',
    },
    {
      section: '4.1.2.4',
      must: 'Without a NOTIFY within Timer N the subscription has failed.',
      test: '§4.1.2.4 MUST give up where no NOTIFY comes within Timer N, and tries again',
    },
    {
      section: '4.1.3',
      must: 'A NOTIFY that matches no subscription gets 481; one without Subscription-State is refused.',
      test: '§4.1.3 MUST refuse a NOTIFY without Subscription-State, and one that matches no subscription',
    },
    {
      section: '4.1.3',
      must: 'After rejected, noresource and the like nobody subscribes again; after retry-after not before it.',
      test: '§4.1.3 MUST NOT subscribe again ',
    },
    {
      section: '4.2.1.1',
      must: 'An event package that is not known gets 489 with Allow-Events.',
      test: '§4.2.1.1 MUST refuse ',
    },
    {
      section: '4.2.1.1',
      must: 'The time in the 200 is not longer than asked; too short a time gets 423 with Min-Expires.',
      test: '§4.2.1.1 refuses too short a time with 423 and Min-Expires, MUST NOT give more than asked, and knows a usual one',
    },
    {
      section: '4.2.1.2',
      must: 'A 2xx has Expires and Contact, and a NOTIFY with the state follows at once.',
      test: '§4.2.1.2 MUST answer with Expires and Contact and NOTIFY the state at once',
    },
    {
      section: '4.2.1.3',
      must: 'Subscribers are authenticated and authorised before they are told anything.',
      test: '§4.2.1.3 refuses whom the package refuses, and no NOTIFY follows',
    },
    {
      section: '4.2.1.4',
      must: 'A refresh is followed by a NOTIFY with the whole state.',
      test: '§4.2.1.4 a refresh MUST get a NOTIFY with the whole state, and lasts from then on',
    },
    {
      section: '4.2.2',
      must: 'A NOTIFY has Subscription-State; terminated where the time is over.',
      test: '§4.2.2 MUST say terminated when the time is over',
    },
    {
      section: '4.2.2',
      must: 'A NOTIFY that gets 481, or no answer, ends the subscription.',
      test: '§4.2.2 MUST forget the subscription where a NOTIFY gets ',
    },
    { section: '4.3', must: 'What proxies do.', reason: 'a duty of proxies; the switch is a back-to-back user agent' },
    { section: '4.4.3', must: 'Expires: 0 asks for the state once.', test: '§4.4.3 a poll gets the state once' },
    {
      section: '7.2',
      must: 'Event has one value; name and id are compared octet by octet.',
      test: '§8.2.1 compares name and id octet by octet, and no other parameter',
    },
  ],
};
