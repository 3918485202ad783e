import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { usePhone } from '../../app/phone-context.ts';
import { CORE_LANGUAGE } from '../../i18n/languages.ts';
import { Button } from '../../ui/Button.tsx';

/** One command, and its answer once there is one. */
export interface ConsoleLine {
  readonly id: number;
  readonly command: string;
  readonly answer: string | null;
}

/** Lines that stay on the screen. */
const KEPT_LINES = 200;

interface SwitchConsoleProps {
  readonly lines: readonly ConsoleLine[];
  readonly onLines: (change: (lines: readonly ConsoleLine[]) => readonly ConsoleLine[]) => void;
  readonly running: boolean;
}

/**
 * The console of the switch, in FreeSWITCH's words. Up and Down go through what was typed; Tab completes while there is
 * something to complete, and else leaves the field as everywhere.
 */
export function SwitchConsole({ lines, onLines, running }: SwitchConsoleProps) {
  const { t } = useTranslation();
  const { model } = usePhone();
  const [typed, setTyped] = useState('');
  const [completions, setCompletions] = useState<readonly string[]>([]);
  const [place, setPlace] = useState<number | null>(null);
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'end' });
  }, [lines]);
  const type = (text: string): void => {
    setTyped(text);
    setPlace(null);
    if (text.trim() === '') {
      setCompletions([]);
      return;
    }
    void model.request('switch.command', { line: `console_complete ${text}` }).then((read) => {
      // The answer to what is not there any more is nobody's.
      if (read.ok)
        setCompletions(read.value.answer.split('\n').filter((line) => line.startsWith(text) && line !== text));
    });
  };
  const run = async (): Promise<void> => {
    const command = typed.trim();
    if (command === '' || !running) return;
    type('');
    const id = (lines.at(-1)?.id ?? 0) + 1;
    onLines((before) => [...before, { id, command, answer: null }].slice(-KEPT_LINES));
    const read = await model.ask('switch.command', { line: command });
    onLines((before) =>
      before.map((line) => (line.id === id ? { ...line, answer: read.ok ? read.value.answer : '-ERR' } : line)),
    );
  };
  const recall = (step: -1 | 1): void => {
    const next = (place ?? lines.length) + step;
    const line = lines[next];
    setPlace(line === undefined ? null : next);
    if (line !== undefined || step === 1) setTyped(line?.command ?? '');
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // What came may be the answer to fewer letters than stand there by now.
    const fitting = completions.filter((line) => line.startsWith(typed));
    const common = commonStart(fitting);
    if (event.key === 'ArrowUp') recall(-1);
    else if (event.key === 'ArrowDown') recall(1);
    else if (event.key === 'Tab' && !event.shiftKey && common.length > typed.length && common.startsWith(typed)) {
      type(fitting.length === 1 ? `${common} ` : common);
    } else return;
    event.preventDefault();
  };
  return (
    <>
      <div className="console-lines" tabIndex={0} role="log" aria-label={t('switch.tab.console')}>
        {lines.length === 0 && <p className="pbx-none">{t('switch.consoleHint')}</p>}
        {lines.map(({ id, command, answer }) => (
          <div key={id} lang={CORE_LANGUAGE}>
            <p className="console-command">{command}</p>
            {answer !== null && <pre>{answer}</pre>}
          </div>
        ))}
        <div ref={end} />
      </div>
      {completions.length > 0 && (
        <p className="console-completions" lang={CORE_LANGUAGE} role="status">
          {completions.slice(0, 8).join('   ')}
        </p>
      )}
      <form
        className="console-entry"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <span className="text-box">
          <input
            value={typed}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            placeholder={t('switch.command')}
            aria-label={t('switch.command')}
            onChange={({ target }) => {
              type(target.value);
            }}
            onKeyDown={onKeyDown}
          />
        </span>
        <Button type="submit" unavailable={!running}>
          {t('switch.run')}
        </Button>
      </form>
    </>
  );
}

/** What all begin with. */
function commonStart(texts: readonly string[]): string {
  return texts.reduce((common, text) => {
    let length = 0;
    while (length < common.length && common[length] === text[length]) length += 1;
    return common.slice(0, length);
  }, texts[0] ?? '');
}
