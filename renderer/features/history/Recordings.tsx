import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Recording } from '../../../core/api/recordings.ts';
import { usePhone, useSnapshot } from '../../app/phone-context.ts';
import { saveFile } from '../../bridge/save-file.ts';
import { formatDateTime, formatDuration } from '../../i18n/format.ts';
import { Icon } from '../../ui/Icon.tsx';
import { IconButton } from '../../ui/IconButton.tsx';

/** Recorded calls, newest first: listened to here, saved, removed. */
export function Recordings() {
  const { t, i18n } = useTranslation();
  const { model } = usePhone();
  const { revision } = useSnapshot().recordings;
  const [recordings, setRecordings] = useState<readonly Recording[] | null>(null);
  const [played, setPlayed] = useState<{ readonly name: string; readonly url: string } | null>(null);
  const [removing, setRemoving] = useState<string | null>(null);
  useEffect(() => {
    let current = true;
    void model.request('recordings.list', {}).then((read) => {
      if (current && read.ok) setRecordings(read.value.recordings);
    });
    return () => {
      current = false;
    };
  }, [model, revision]);
  useEffect(() => {
    if (played === null) return;
    return () => {
      URL.revokeObjectURL(played.url);
    };
  }, [played]);

  /** The whole file; undefined where a piece could not be had, which is a notice. */
  const fetchAll = async (name: string): Promise<readonly Uint8Array<ArrayBuffer>[] | undefined> => {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    for (let offset = 0; ;) {
      const read = await model.ask('recordings.read', { name, offset });
      if (!read.ok) return undefined;
      const piece = Uint8Array.from(atob(read.value.data), (octet) => octet.charCodeAt(0));
      pieces.push(piece);
      offset += piece.length;
      if (read.value.last) return pieces;
    }
  };
  const play = async (name: string): Promise<void> => {
    const pieces = await fetchAll(name);
    if (pieces !== undefined)
      setPlayed({ name, url: URL.createObjectURL(new Blob([...pieces], { type: 'audio/wav' })) });
  };
  const save = async ({ name, who, at }: Recording): Promise<void> => {
    const pieces = await fetchAll(name);
    const day = new Date(at).toISOString().slice(0, 10);
    if (pieces !== undefined) saveFile(`${day} ${who}.wav`, pieces);
  };
  const remove = (name: string): void => {
    if (removing === name) void model.ask('recordings.remove', { name });
    setRemoving(removing === name ? null : name);
  };

  if (recordings === null) return null;
  if (recordings.length === 0) {
    return (
      <div className="empty">
        <Icon name="record" />
        <p>
          <strong>{t('recording.empty')}</strong>
          <span>{t('recording.emptyHint')}</span>
        </p>
      </div>
    );
  }
  return (
    // It scrolls, and so takes the keyboard.
    <ul className="list recordings" tabIndex={0} aria-label={t('recording.title')}>
      {recordings.map((recording) => {
        const { name, who, at, seconds } = recording;
        return (
          <li key={name}>
            <div className="entry">
              <span className="entry-main entry-text">
                <span className="entry-name">{who}</span>
                <span className="entry-note">
                  {[formatDateTime(at, i18n.language), formatDuration(seconds * 1000)].join(' · ')}
                </span>
              </span>
              <IconButton icon="play" label={t('recording.play', { who })} onClick={() => void play(name)} />
              <IconButton icon="save" label={t('recording.save', { who })} onClick={() => void save(recording)} />
              <IconButton
                className={removing === name ? 'bar-stop' : ''}
                icon="trash"
                label={t(removing === name ? 'recording.removeYes' : 'recording.remove', { who })}
                onClick={() => {
                  remove(name);
                }}
                onBlur={() => {
                  setRemoving(null);
                }}
              />
            </div>
            {played?.name === name && <audio src={played.url} controls autoPlay aria-label={who} />}
          </li>
        );
      })}
    </ul>
  );
}
