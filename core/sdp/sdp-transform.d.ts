/** The part of sdp-transform 3.0.0 that we use; the package ships no types. */
declare module 'sdp-transform' {
  export interface SdpConnection {
    version: 4 | 6;
    ip: string;
  }
  export interface SdpMedia {
    type: string;
    port: number;
    protocol: string;
    payloads?: string;
    connection?: SdpConnection;
    direction?: string;
    ptime?: number;
    rtcp?: { port: number; netType?: string; ipVer?: number; address?: string };
    rtp: { payload: number; codec: string; rate?: number; encoding?: string | number }[];
    fmtp: { payload: number; config: string }[];
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
