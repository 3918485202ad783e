import { Button } from './Button.tsx';

interface UndoBarProps {
  /** What was done; null where there is nothing to undo. */
  readonly text: string | null;
  readonly undo: string;
  readonly onUndo: () => void;
}

/** Says what was removed, with the way back. */
export function UndoBar({ text, undo, onUndo }: UndoBarProps) {
  return (
    <div role="status" className={text === null ? 'visually-hidden' : 'undo'}>
      {text !== null && (
        <>
          <span>{text}</span>
          <Button kind="quiet" onClick={onUndo}>
            {undo}
          </Button>
        </>
      )}
    </div>
  );
}
