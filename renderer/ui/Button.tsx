import type { ComponentProps, ReactNode } from 'react';
import { Spinner } from './Spinner.tsx';

interface ButtonProps extends ComponentProps<'button'> {
  /** `primary`: the one thing to do here; `plain`: another; `quiet`: in passing; `stop`: ends something. */
  readonly kind?: 'primary' | 'plain' | 'quiet' | 'stop';
  /** Working: says so, and does nothing when pressed, but keeps the focus. */
  readonly busy?: boolean;
  /** Does nothing now, but keeps its place and the focus. */
  readonly unavailable?: boolean;
  readonly children: ReactNode;
}

/** A button with words. */
export function Button({
  kind = 'plain',
  busy = false,
  unavailable = false,
  onClick,
  className = '',
  children,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      className={`button button-${kind} ${className}`}
      onClick={busy || unavailable ? (event) => event.preventDefault() : onClick}
      {...rest}
      aria-disabled={busy || unavailable ? true : undefined}
    >
      {busy && <Spinner />}
      {children}
    </button>
  );
}
