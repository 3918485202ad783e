import { saveFile } from '../../bridge/save-file.ts';
import { DropdownMenu } from 'radix-ui';
import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { captureFile } from '../../../core/trace/capture-file.ts';
import { isCaptured, logLine, traceLine } from '../../../core/trace/trace-file.ts';
import type { TraceEvent } from '../../../core/trace/tracer.ts';
import { usePhone, useSnapshot } from '../../app/phone-context.ts';
import { Icon } from '../../ui/Icon.tsx';

const CAPTURE_MINUTES = 10;

/** What can be done with a trace: save it, with its secrets where they were captured; open a saved one; stop and go on. */
export function TraceMenu({ events }: { readonly events: readonly TraceEvent[] }) {
  const { t } = useTranslation();
  const { trace } = usePhone();
  const { version } = useSnapshot();
  const { origin, following, capturedUntil } = useSyncExternalStore(trace.subscribe, trace.state);
  const live = origin.kind === 'live';
  const capture = (saved: readonly TraceEvent[]): Uint8Array => captureFile(saved, `Sotto ${version}`);
  const items: readonly (readonly [label: string, act: () => void] | false)[] = [
    [
      t('wire.menu.text'),
      () => {
        saveFile(
          'sotto-trace.txt',
          events.map((event) => `${logLine(event)}\n`),
        );
      },
    ],
    [
      t('wire.menu.trace'),
      () => {
        saveFile('sotto-trace.ndjson', events.map(traceLine));
      },
    ],
    [
      t('wire.menu.pcapng'),
      () => {
        saveFile('sotto-trace.pcapng', [capture(events.filter((event) => !isCaptured(event)))]);
      },
    ],
    live && [
      t('wire.menu.secrets'),
      () =>
        void trace.readCaptured().then((all) => {
          saveFile('sotto-trace-with-secrets.pcapng', [capture(all)]);
        }),
    ],
    [
      t('wire.menu.open'),
      () => {
        choose((file) => void trace.open(file));
      },
    ],
    live && [
      t(following ? 'wire.menu.pause' : 'wire.menu.follow'),
      () => {
        trace.follow(!following);
      },
    ],
    live &&
      capturedUntil === null && [
        t('wire.menu.capture', { count: CAPTURE_MINUTES }),
        () => void trace.capture(CAPTURE_MINUTES),
      ],
  ];
  // Modal, it would write a style into the page, which the content security policy forbids.
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="icon-button" aria-label={t('wire.menu.label')} title={t('wire.menu.label')}>
        <Icon name="dots" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4} collisionPadding={10}>
          {items.map(
            (item) =>
              item !== false && (
                <DropdownMenu.Item key={item[0]} className="menu-item" onSelect={item[1]}>
                  {item[0]}
                </DropdownMenu.Item>
              ),
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

/** Asks for a file. */
function choose(take: (file: File) => void): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.accept = '.ndjson,.jsonl,.txt,application/x-ndjson';
  input.addEventListener('change', () => {
    const [file] = input.files ?? [];
    if (file !== undefined) take(file);
  });
  input.click();
}
