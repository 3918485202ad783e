import type { Requirement } from './requirement.ts';

/** RFC 3261 §17: the four transactions. */
export const RFC_3261_TRANSACTIONS: readonly Requirement[] = [
  {
    section: '17',
    must: 'The ACK of a refusal belongs to the transaction, that of a 2xx does not',
    test: 'INVITE server transaction §17.2.3 an ACK for a 2xx MUST reach the TU',
  },
  {
    section: '17.1.1.2',
    must: 'A client transaction is made for each INVITE, and begins in Calling',
    test: 'InviteClientTransaction Calling × timer A → Calling',
  },
  {
    section: '17.1.1.2',
    must: 'Timer A runs over UDP, from T1',
    test: 'INVITE client transaction §17.1.1.2 Timer A MUST double from T1 over UDP',
  },
  {
    section: '17.1.1.2',
    must: 'Timer A does not run over TCP',
    test: 'INVITE client transaction §17.1.1.2 Timer A MUST NOT run over tcp',
  },
  {
    section: '17.1.1.2',
    must: 'Timer B runs over any transport, for 64*T1',
    test: 'INVITE client transaction §17.1.1.2 Timer A MUST NOT run over tls, Timer B MUST',
  },
  {
    section: '17.1.1.2',
    must: 'When Timer A fires the request is sent again, and the timer doubled',
    test: 'InviteClientTransaction Calling × timer A → Calling: §17.1.1.2: send again, double A',
  },
  {
    section: '17.1.1.2',
    must: 'Sending again happens in Calling only',
    test: 'INVITE client transaction §17.1.1.2 a provisional response MUST end retransmission and Timer B',
  },
  {
    section: '17.1.1.2',
    must: 'When Timer B fires in Calling the TU is told, and no ACK sent',
    test: 'INVITE client transaction §17.1.1.2 Timer A MUST double from T1 over UDP, and Timer B end it',
  },
  {
    section: '17.1.1.2',
    must: 'A provisional response leads to Proceeding, and reaches the TU',
    test: 'InviteClientTransaction Calling × 1xx → Proceeding',
  },
  {
    section: '17.1.1.2',
    must: 'Further provisional responses reach the TU',
    test: 'InviteClientTransaction Proceeding × 1xx → Proceeding: §17.1.1.2: any further provisional response is passed',
  },
  {
    section: '17.1.1.2',
    must: 'A refusal leads to Completed from Calling and Proceeding',
    test: 'InviteClientTransaction Proceeding × 300-699 → Completed',
  },
  {
    section: '17.1.1.2',
    must: 'A refusal reaches the TU, and is acknowledged',
    test: 'INVITE client transaction §17.1.1.2 a 300-699 MUST be acknowledged, passed once',
  },
  {
    section: '17.1.1.2',
    must: 'The ACK goes where the INVITE went',
    test: 'INVITE client transaction §17.1.1.3 the ACK MUST have Call-ID, From, Request-URI, Route, CSeq number and the single Via of the INVITE',
  },
  {
    section: '17.1.1.2',
    must: 'Timer D is 32 s at least over UDP',
    test: 'INVITE client transaction §17.1.1.2 a 300-699 MUST be acknowledged, passed once, and each retransmission acknowledged until Timer D',
  },
  {
    section: '17.1.1.2',
    must: 'Timer D is zero over TCP',
    test: 'INVITE client transaction §17.1.1.2 Timer D MUST be zero over a reliable transport',
  },
  {
    section: '17.1.1.2',
    must: 'A repeated refusal is acknowledged again and not passed',
    test: 'InviteClientTransaction Completed × 300-699 → Completed: §17.1.1.2: a retransmission is acknowledged again, not passed',
  },
  {
    section: '17.1.1.2',
    must: 'When Timer D fires the transaction is over',
    test: 'InviteClientTransaction Completed × timer D → Terminated',
  },
  {
    section: '17.1.1.2',
    must: 'A 2xx reaches the TU',
    test: 'INVITE client transaction §17.1.1.2 a 2xx MUST NOT be acknowledged by the transaction',
  },
  {
    section: '17.1.1.2',
    must: 'A 2xx ends the transaction at once',
    reason: 'RFC 6026 §7.2 puts the state Accepted there, which is tested below its own heading',
  },
  {
    section: '17.1.1.2',
    must: 'A transaction that is over is destroyed',
    test: 'the layer as a whole two layers back to back: a lost response of any kind is made good',
  },
  {
    section: '17.1.1.3',
    must: 'The ACK has Call-ID, From and Request-URI of its INVITE',
    test: 'INVITE client transaction §17.1.1.3 the ACK MUST have Call-ID, From, Request-URI',
  },
  {
    section: '17.1.1.3',
    must: 'To of the ACK is that of the response',
    test: 'INVITE client transaction §17.1.1.3 the ACK MUST have Call-ID, From, Request-URI, Route, CSeq number and the single Via of the INVITE, and To of the response',
  },
  {
    section: '17.1.1.3',
    must: 'The ACK has one Via, the top one of its INVITE',
    test: 'INVITE client transaction §17.1.1.3 the ACK MUST have Call-ID, From, Request-URI, Route, CSeq number and the single Via',
  },
  {
    section: '17.1.1.3',
    must: 'CSeq of the ACK has the number of its INVITE and the method ACK',
    test: 'INVITE client transaction §17.1.1.3 the ACK MUST have Call-ID, From, Request-URI, Route, CSeq number',
  },
  {
    section: '17.1.1.3',
    must: 'The ACK has the Route of its INVITE',
    test: 'INVITE client transaction §17.1.1.3 the ACK MUST have Call-ID, From, Request-URI, Route',
  },
  {
    section: '17.1.2.2',
    must: 'Timer F is 64*T1',
    test: 'non-INVITE client transaction §17.1.2.2 Timer E MUST double from T1 up to T2 over UDP, and Timer F end it after 64*T1',
  },
  {
    section: '17.1.2.2',
    must: 'Timer E runs over UDP alone, doubling up to T2',
    test: 'non-INVITE client transaction §17.1.2.2 Timer E MUST NOT run over a reliable transport',
  },
  {
    section: '17.1.2.2',
    must: 'When Timer F fires in Trying the TU is told',
    test: 'NonInviteClientTransaction Trying × timer F → Terminated: §17.1.2.2: inform the TU',
  },
  {
    section: '17.1.2.2',
    must: 'A provisional response in Trying reaches the TU, and leads to Proceeding',
    test: 'NonInviteClientTransaction Trying × 1xx → Proceeding',
  },
  {
    section: '17.1.2.2',
    must: 'A final response in Trying reaches the TU, and leads to Completed',
    test: 'NonInviteClientTransaction Trying × 200-699 → Completed: §17.1.2.2: pass the response, start K',
  },
  {
    section: '17.1.2.2',
    must: 'In Proceeding Timer E goes on at T2',
    test: 'non-INVITE client transaction §17.1.2.2 in Proceeding Timer E MUST go on, at T2',
  },
  {
    section: '17.1.2.2',
    must: 'When Timer F fires in Proceeding the TU is told and the transaction over',
    test: 'NonInviteClientTransaction Proceeding × timer F → Terminated: §17.1.2.2: inform the TU',
  },
  {
    section: '17.1.2.2',
    must: 'A final response in Proceeding reaches the TU, and leads to Completed',
    test: 'NonInviteClientTransaction Proceeding × 200-699 → Completed',
  },
  {
    section: '17.1.2.2',
    must: 'In Completed Timer K runs for T4 over UDP',
    test: 'non-INVITE client transaction §17.1.2.2 a final response MUST be passed once; Completed absorbs others until Timer K',
  },
  {
    section: '17.1.2.2',
    must: 'Timer K is zero over TCP',
    test: 'non-INVITE client transaction §17.1.2.2 Timer K MUST be zero over a reliable transport',
  },
  {
    section: '17.1.2.2',
    must: 'When Timer K fires the transaction is over',
    test: 'NonInviteClientTransaction Completed × timer K → Terminated',
  },
  {
    section: '17.1.3',
    must: 'A response belongs to the transaction with its branch and CSeq method',
    test: 'matching responses §17.1.3 branch and CSeq method MUST both match',
  },
  {
    section: '17.2.1',
    must: 'Where the TU is silent for 200 ms a 100 goes',
    test: 'INVITE server transaction §17.2.1 MUST send 100 where the TU is silent for 200 ms',
  },
  {
    section: '17.2.1',
    must: 'The request reaches the TU',
    test: 'INVITE server transaction §17.2.1 sends no 100 where the TU answered before',
  },
  {
    section: '17.2.1',
    must: 'A repeated request in Proceeding gets the last provisional response',
    test: 'INVITE server transaction §17.2.1 a retransmission in Proceeding MUST get the last provisional response',
  },
  {
    section: '17.2.1',
    must: 'A refusal of the TU leads to Completed, with Timer G over UDP alone',
    test: 'INVITE server transaction §17.2.1 Timer G MUST NOT run over a reliable transport, Timer H MUST',
  },
  {
    section: '17.2.1',
    must: 'Timer H is 64*T1 over any transport',
    test: 'INVITE server transaction §17.2.1 Timer G MUST repeat a 300-699 over UDP up to T2, Timer H end it after 64*T1',
  },
  {
    section: '17.2.1',
    must: 'A repeated request in Completed gets the refusal again',
    test: 'INVITE server transaction §17.2.1 a retransmission in Completed',
  },
  {
    section: '17.2.1',
    must: 'The ACK leads to Confirmed, which ends Timer G',
    test: 'INVITE server transaction §17.2.1 the ACK MUST end retransmission',
  },
  {
    section: '17.2.1',
    must: 'When Timer H fires the TU is told, and the transaction is over',
    test: 'INVITE server transaction §17.2.1 Timer G MUST repeat a 300-699 over UDP up to T2, Timer H end it after 64*T1 and tell the TU',
  },
  {
    section: '17.2.1',
    must: 'Further ACKs are absorbed in Confirmed until Timer I',
    test: 'INVITE server transaction §17.2.1 the ACK MUST end retransmission; Confirmed absorbs further ACKs until Timer I',
  },
  {
    section: '17.2.1',
    must: 'Timer I is zero over TCP',
    test: 'INVITE server transaction §17.2.1 Timer I MUST be zero over a reliable transport',
  },
  {
    section: '17.2.1',
    must: 'A 2xx ends the transaction at once',
    reason: 'RFC 6026 §7.1 puts the state Accepted there, which is tested below its own heading',
  },
  {
    section: '17.2.2',
    must: 'The request reaches the TU; a repeat in Trying is dropped',
    test: 'non-INVITE server transaction §17.2.2 a retransmission MUST be discarded in Trying',
  },
  {
    section: '17.2.2',
    must: 'A provisional response of the TU leads to Proceeding, and is sent',
    reason: 'RFC 4320 §4.1 forbids those responses but for a late 100',
  },
  {
    section: '17.2.2',
    must: 'A final response leads to Completed; a repeat gets it again',
    test: 'non-INVITE server transaction §17.2.2 a retransmission MUST be discarded in Trying and get the final response in Completed',
  },
  {
    section: '17.2.2',
    must: 'Other final responses of the TU are dropped in Completed',
    test: 'non-INVITE server transaction §17.2.2 a second final response MUST be discarded',
  },
  {
    section: '17.2.2',
    must: 'Timer J is 64*T1 over UDP',
    test: 'non-INVITE server transaction §17.2.2 Timer J MUST end it after 64*T1 over UDP',
  },
  {
    section: '17.2.2',
    must: 'Timer J is zero over TCP',
    test: 'non-INVITE server transaction §17.2.2 Timer J MUST be zero over a reliable transport',
  },
  {
    section: '17.2.3',
    must: 'A request belongs to the transaction with its branch, sent-by and method',
    test: 'matching requests §17.2.3 branch, sent-by and method MUST match',
  },
  {
    section: '17.2.3',
    must: 'Without the cookie Request-URI, tags, Call-ID, CSeq and top Via count',
    test: 'matching requests without the magic cookie (RFC 2543) §17.2.3 an INVITE matches by Request-URI, tags, Call-ID, CSeq and topmost Via',
  },
  {
    section: '17.2.4',
    must: 'A response that cannot be sent is tried elsewhere, then the TU is told',
    test: 'non-INVITE server transaction §17.2.4 a response that cannot be sent MUST end it and be told',
  },
];
