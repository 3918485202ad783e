import type { Requirement } from './requirement.ts';

/** RFC 3261 §12: dialogs. */
export const RFC_3261_DIALOGS: readonly Requirement[] = [
  {
    section: '12.1',
    must: 'The parts of the dialog ID are set as described, at the UAC',
    test: 'RFC 3261 dialogs: creation §12.1.2 the UAC MUST take tags',
  },
  {
    section: '12.1',
    must: 'The parts of the dialog ID are set as described, at the UAS',
    test: 'DialogTable §12.2.2 a request MUST be matched by Call-ID',
  },
  {
    section: '12.1.1',
    must: 'Record-Route is copied with all parameters, in its order',
    test: 'RFC 3261 an INVITE that comes §12.1.1 what makes a dialog MUST have a Contact, and Record-Route as it came',
  },
  {
    section: '12.1.1',
    must: 'What makes a dialog has a Contact',
    test: 'RFC 3261 an INVITE that comes §12.1.1 what makes a dialog MUST have a Contact',
  },
  {
    section: '12.1.1',
    must: 'That Contact is a SIP or SIPS URI',
    test: 'RFC 3261 an INVITE that comes §12.1.1 what makes a dialog MUST have a Contact',
  },
  {
    section: '12.1.1',
    must: 'It is a SIPS URI where the request asked for SIPS',
    test: 'RFC 3261 an INVITE that comes §12.1.1 where the Request-URI is SIPS the Contact MUST be as well',
  },
  {
    section: '12.1.1',
    must: 'Asked for by the top Record-Route',
    test: 'RFC 3261 an INVITE that comes §12.1.1 where the top Record-Route is SIPS the Contact MUST be as well',
  },
  {
    section: '12.1.1',
    must: 'Asked for by the Contact where there is no Record-Route',
    test: 'RFC 3261 an INVITE that comes §12.1.1 where the Contact, without Record-Route, is SIPS the Contact MUST be as well',
  },
  {
    section: '12.1.1',
    must: 'The state of the dialog is kept as long as it lasts',
    test: 'RFC 3261 dialogs: states confirmed × 300-699 → confirmed',
  },
  {
    section: '12.1.1',
    must: 'The route set of the UAS is Record-Route of the request, in order',
    test: 'RFC 3261 dialogs: creation §12.1.1 the UAS MUST take them from the request, Record-Route in its order',
  },
  {
    section: '12.1.1',
    must: 'Without Record-Route the route set is empty',
    test: 'RFC 3261 dialogs: requests of ours §12.2.1.1 without route set there MUST be no Route',
  },
  {
    section: '12.1.1',
    must: 'The remote target is the Contact of the request',
    test: 'RFC 3261 dialogs: creation §12.1.1 the UAS MUST take them from the request',
  },
  {
    section: '12.1.1',
    must: 'The remote sequence number is that of the request',
    test: 'RFC 3261 dialogs: requests of the other side §12.2.2 the first sets the remote sequence number',
  },
  {
    section: '12.1.1',
    must: 'The local sequence number is empty',
    test: 'RFC 3261 dialogs: requests of ours §12.2.1.1 the UAS begins with a sequence number of its own',
  },
  {
    section: '12.1.1',
    must: 'Call-ID, local and remote tag come from request and response',
    test: 'RFC 3261 dialogs: creation §12.1.1 the UAS MUST take them from the request',
  },
  {
    section: '12.1.1',
    must: 'A request without From tag can be coped with',
    test: 'RFC 3261 dialogs: creation §12.1.2 a peer of RFC 2543 without tag MUST be coped with',
  },
  {
    section: '12.1.1',
    must: 'Remote URI is From, local URI is To',
    test: 'RFC 3261 dialogs: creation §12.1.1 the UAS MUST take them from the request',
  },
  {
    section: '12.1.2',
    must: 'The UAC gives a SIP or SIPS URI as Contact',
    test: 'RFC 3261 an INVITE of ours §8.1.1.8 MUST have exactly one Contact',
  },
  {
    section: '12.1.2',
    must: 'It is a SIPS URI where the Request-URI is one',
    test: 'RFC 3261 an INVITE of ours §8.1.1.8 the Contact MUST be a SIPS URI',
  },
  {
    section: '12.1.2',
    must: 'The route set of the UAC is Record-Route of the response, in reverse',
    test: 'RFC 3261 dialogs: creation §12.1.2 the UAC MUST take tags, URIs, remote target, CSeq, and Record-Route of the response in reverse',
  },
  {
    section: '12.1.2',
    must: 'The remote target is the Contact of the response',
    test: 'RFC 3261 dialogs: creation §12.1.2 the UAC MUST take tags, URIs, remote target',
  },
  {
    section: '12.1.2',
    must: 'The local sequence number is that of the request',
    test: 'RFC 3261 dialogs: creation §12.1.2 the UAC MUST take tags, URIs, remote target, CSeq',
  },
  {
    section: '12.1.2',
    must: 'The remote sequence number is empty',
    test: 'RFC 3261 dialogs: requests of the other side §12.2.2 the first sets the remote sequence number',
  },
  {
    section: '12.1.2',
    must: 'A response without To tag can be coped with',
    test: 'RFC 3261 dialogs: creation §12.1.2 a peer of RFC 2543 without tag MUST be coped with',
  },
  {
    section: '12.1.2',
    must: 'Remote URI is To, local URI is From',
    test: 'RFC 3261 dialogs: creation §12.1.2 the UAC MUST take tags, URIs',
  },
  {
    section: '12.2.1.1',
    must: 'To is remote URI and tag, From is local URI and tag',
    test: 'RFC 3261 dialogs: requests of ours §12.2.1.1 MUST have To, From with tags',
  },
  {
    section: '12.2.1.1',
    must: 'A tag that is empty is left out',
    test: 'RFC 3261 dialogs: creation §12.1.2 a peer of RFC 2543 without tag MUST be coped with',
  },
  {
    section: '12.2.1.1',
    must: 'Call-ID is that of the dialog',
    test: 'RFC 3261 dialogs: requests of ours §12.2.1.1 MUST have To, From with tags, Call-ID of the dialog',
  },
  {
    section: '12.2.1.1',
    must: 'CSeq grows by one with each request',
    test: 'RFC 3261 dialogs: requests of ours §12.2.1.1 MUST have To, From with tags, Call-ID of the dialog, and CSeq one higher each time',
  },
  {
    section: '12.2.1.1',
    must: 'The first CSeq of the UAS is a number of its own below 2**31',
    test: 'RFC 3261 dialogs: requests of ours §12.2.1.1 the UAS begins with a sequence number of its own',
  },
  {
    section: '12.2.1.1',
    must: 'Without route set the target is the Request-URI, and there is no Route',
    test: 'RFC 3261 dialogs: requests of ours §12.2.1.1 without route set there MUST be no Route',
  },
  {
    section: '12.2.1.1',
    must: 'With a loose router first the target is the Request-URI, and Route the whole set',
    test: 'RFC 3261 dialogs: requests of ours §12.2.1.1 with a loose router first',
  },
  {
    section: '12.2.1.1',
    must: 'With a strict router first that is the Request-URI, without what may not be there',
    test: 'RFC 3261 dialogs: requests of ours §19.1.1 a strict router as Request-URI MUST NOT have method or headers',
  },
  {
    section: '12.2.1.1',
    must: 'With a strict router first the target is last in Route',
    test: 'RFC 3261 dialogs: requests of ours §12.2.1.1 with a strict router first',
  },
  {
    section: '12.2.1.1',
    must: 'In a secure dialog the Contact is a SIPS URI',
    test: 'RFC 3261 an INVITE of ours §8.1.1.8 the Contact MUST be a SIPS URI',
  },
  {
    section: '12.2.1.2',
    must: 'A 2xx to a target refresh replaces the remote target',
    test: 'RFC 3261 dialogs: responses §12.2.1.2 the 2xx to a re-INVITE brings a new Contact',
  },
  {
    section: '12.2.2',
    must: 'A request of a dialog that is not known is refused with 481',
    test: 'a call over UDP RFC 3261 §12.2.2: a request outside every dialog gets 481',
  },
  {
    section: '12.2.2',
    must: 'The first request sets the remote sequence number',
    test: 'RFC 3261 dialogs: requests of the other side §12.2.2 the first sets the remote sequence number',
  },
  {
    section: '12.2.2',
    must: 'A lower CSeq gets 500',
    test: 'RFC 3261 dialogs: requests of the other side §12.2.2 the first sets the remote sequence number; one that is not higher MUST get 500',
  },
  {
    section: '12.2.2',
    must: 'A higher CSeq becomes the remote sequence number',
    test: 'RFC 3261 dialogs: requests of the other side §12.2.2 the first sets the remote sequence number',
  },
  {
    section: '12.2.2',
    must: 'The Contact of a target refresh replaces the remote target',
    test: 'RFC 3261 dialogs: requests of the other side §12.2.2 the Contact of INVITE replaces the remote target',
  },
];
