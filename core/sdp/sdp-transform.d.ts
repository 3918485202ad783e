/**
 * The part of sdp-transform 3.0.0 that we use; the package ships no types. Whatever looks like a whole number is read as
 * one, also where a peer put it in the place of a name.
 */
declare module 'sdp-transform' {
  type Text = string | number;
  export interface SdpConnection {
    version: 4 | 6;
    ip: Text;
  }
  export interface SdpMedia {
    type: Text;
    port: number;
    protocol: Text;
    payloads?: Text;
    connection?: SdpConnection;
    direction?: string;
    ptime?: number;
    rtcp?: { port: number; netType?: string; ipVer?: number; address?: string };
    rtp: { payload: number; codec: Text; rate?: number; encoding?: Text }[];
    fmtp: { payload: number; config: Text }[];
    crypto?: { id: number; suite: string; config: string; sessionConfig?: string }[];
  }
  export interface SdpSession {
    version: number;
    origin: {
      username: string;
      sessionId: number | string;
      sessionVersion: number;
      netType: string;
      ipVer: number;
      address: string;
    };
    name: string;
    connection?: SdpConnection;
    timing: { start: number; stop: number };
    direction?: string;
    media: SdpMedia[];
  }
  export function parse(sdp: string): SdpSession;
  export function write(session: SdpSession): string;
}
