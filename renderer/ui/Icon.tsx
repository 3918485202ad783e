import type { ReactNode } from 'react';

/** Line drawings on a grid of 24, in the colour of the text around them. */
const ICONS = {
  phone: (
    <path d="M6.6 3.8 8.9 3.3a1 1 0 0 1 1.1.6l1.2 2.9a1 1 0 0 1-.3 1.1L9.4 9.2a11.6 11.6 0 0 0 5.4 5.4l1.3-1.5a1 1 0 0 1 1.1-.3l2.9 1.2a1 1 0 0 1 .6 1.1l-.5 2.3a2.4 2.4 0 0 1-2.5 1.9A15.3 15.3 0 0 1 4.7 6.3a2.4 2.4 0 0 1 1.9-2.5Z" />
  ),
  hangUp: (
    <path
      transform="rotate(135 12 12)"
      d="M6.6 3.8 8.9 3.3a1 1 0 0 1 1.1.6l1.2 2.9a1 1 0 0 1-.3 1.1L9.4 9.2a11.6 11.6 0 0 0 5.4 5.4l1.3-1.5a1 1 0 0 1 1.1-.3l2.9 1.2a1 1 0 0 1 .6 1.1l-.5 2.3a2.4 2.4 0 0 1-2.5 1.9A15.3 15.3 0 0 1 4.7 6.3a2.4 2.4 0 0 1 1.9-2.5Z"
    />
  ),
  keypad: (
    <g fill="currentColor" stroke="none">
      {[5.5, 12, 18.5].flatMap((y) => [5.5, 12, 18.5].map((x) => <circle key={`${x} ${y}`} cx={x} cy={y} r="1.75" />))}
    </g>
  ),
  mic: (
    <>
      <rect x="9" y="3" width="6" height="11" rx="3" />
      <path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3" />
    </>
  ),
  micOff: (
    <>
      <path d="M15 10.5V6a3 3 0 0 0-5.6-1.5M9 9.5V11a3 3 0 0 0 4.6 2.5M5.5 11.5a6.5 6.5 0 0 0 10.3 5.3M18.3 13.2c.1-.5.2-1.1.2-1.7M12 18v3" />
      <path d="m4 4 16 16" />
    </>
  ),
  record: (
    <>
      <circle cx="12" cy="12" r="8" />
      <circle cx="12" cy="12" r="3.5" fill="currentColor" stroke="none" />
    </>
  ),
  stop: <rect x="7" y="7" width="10" height="10" rx="1.5" />,
  save: <path d="M12 4v10m-4.5-4 4.5 4.5L16.5 10M5 19h14" />,
  pause: <path d="M9 5v14M15 5v14" />,
  play: <path d="M8 5v14l11-7Z" />,
  transfer: <path d="M4 12h15M13 6l6 6-6 6M4 7v10" />,
  headset: (
    <>
      <path d="M4 14v-2a8 8 0 0 1 16 0v2" />
      <rect x="3" y="13.5" width="4.5" height="6.5" rx="1.8" />
      <rect x="16.5" y="13.5" width="4.5" height="6.5" rx="1.8" />
    </>
  ),
  headsetOff: (
    <>
      <path d="M4 14v-2c0-1.6.5-3.1 1.3-4.4M8.4 4.9A8 8 0 0 1 20 12v2" />
      <rect x="3" y="13.5" width="4.5" height="6.5" rx="1.8" />
      <path d="M16.5 15.3a1.8 1.8 0 0 1 1.8-1.8h.9a1.8 1.8 0 0 1 1.8 1.8M4 3l17 18" />
    </>
  ),
  message: <path d="M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-8l-5 4v-4H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2Z" />,
  send: <path d="M4 12 20 4l-5 16-3.5-6.5ZM20 4l-8.5 9.5" />,
  voicemail: (
    <>
      <circle cx="6.5" cy="12" r="3.5" />
      <circle cx="17.5" cy="12" r="3.5" />
      <path d="M6.5 15.5h11" />
    </>
  ),
  back: <path d="m14.5 5-7 7 7 7" />,
  down: <path d="m6 9.5 6 6 6-6" />,
  close: <path d="m6 6 12 12M18 6 6 18" />,
  plus: <path d="M12 5v14M5 12h14" />,
  backspace: (
    <>
      <path d="M9 5h10a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H9l-6-7 6-7Z" />
      <path d="m11.5 9.5 5 5m0-5-5 5" />
    </>
  ),
  check: <path d="m5 12.5 4.5 4.5L19 7.5" />,
  alert: (
    <>
      <path d="M12 4 2.8 19.5h18.4L12 4Z" />
      <path d="M12 10v4.5M12 17.2v.01" />
    </>
  ),
  lock: (
    <>
      <rect x="5" y="10.5" width="14" height="10" rx="2.5" fill="currentColor" />
      <path d="M8 10.5V7.5a4 4 0 0 1 8 0v3" />
    </>
  ),
  half: (
    <>
      <path d="M12 3.2 5 5.6v5.6c0 4.4 2.8 7.8 7 9.6 4.2-1.8 7-5.2 7-9.6V5.6l-7-2.4Z" />
      <path fill="currentColor" stroke="none" d="M12 3.2 5 5.6v5.6c0 4.4 2.8 7.8 7 9.6V3.2Z" />
    </>
  ),
  ear: (
    <>
      <path d="M6.5 9.5a5.5 5.5 0 0 1 11 0c0 3.5-3.2 4.6-3.7 7.4a3.6 3.6 0 0 1-6.6 1.4" />
      <path d="M9.7 9.6a2.3 2.3 0 0 1 4.6 0c0 1.7-2 1.7-2 3.6" />
    </>
  ),
  dots: (
    <g fill="currentColor" stroke="none">
      <circle cx="5.5" cy="12" r="1.9" />
      <circle cx="12" cy="12" r="1.9" />
      <circle cx="18.5" cy="12" r="1.9" />
    </g>
  ),
  person: (
    <>
      <circle cx="12" cy="8.2" r="4" />
      <path d="M4.5 20.2a7.6 7.6 0 0 1 15 0" />
    </>
  ),
  server: (
    <>
      <rect x="4" y="4" width="16" height="7" rx="2" />
      <rect x="4" y="13" width="16" height="7" rx="2" />
      <path d="M7.5 7.5v.01M7.5 16.5v.01" />
    </>
  ),
  eye: (
    <>
      <path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Z" />
      <circle cx="12" cy="12" r="2.8" />
    </>
  ),
  eyeOff: (
    <>
      <path d="M9.5 5.9c.8-.3 1.6-.4 2.5-.4 6 0 9.5 6.5 9.5 6.5a15 15 0 0 1-2.7 3.5M6 7.6A15 15 0 0 0 2.5 12S6 18.5 12 18.5c1.6 0 3-.4 4.2-1.1" />
      <path d="m4 4 16 16" />
    </>
  ),
  outgoing: <path d="M7 17 17 7M9 7h8v8" />,
  incoming: <path d="M17 7 7 17M15 17H7V9" />,
  wire: <path d="M3 12h4l2.5-7 4.5 14 2.5-7H21" />,
  search: (
    <>
      <circle cx="10.5" cy="10.5" r="6" />
      <path d="m15 15 5 5" />
    </>
  ),
  trash: <path d="M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.8 12.5h9.4L17.5 7M10 10.5v5.5M14 10.5v5.5" />,
  star: <path d="m12 3.8 2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8Z" />,
  starFull: <path fill="currentColor" d="m12 3.8 2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8Z" />,
  people: (
    <>
      <circle cx="9" cy="8.5" r="3.4" />
      <path d="M2.8 19.5a6.2 6.2 0 0 1 12.4 0M15.5 5.4a3.4 3.4 0 0 1 0 6.2M17.6 14.3a6.2 6.2 0 0 1 3.6 5.2" />
    </>
  ),
  settings: (
    <>
      <path d="M4 7.5h8M18 7.5h2M4 16.5h2M12 16.5h8" />
      <circle cx="15" cy="7.5" r="2.8" />
      <circle cx="9" cy="16.5" r="2.8" />
    </>
  ),
  moon: <path d="M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.7Z" />,
  missed: <path d="m4 9 6.5 6.5L20 6M15 6h5v5" />,
} as const satisfies Record<string, ReactNode>;

export type IconName = keyof typeof ICONS;

/** A drawing beside words, or in a button that has a label of its own; never alone. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg
      className="icon"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {ICONS[name]}
    </svg>
  );
}
