import { useEffect, useState } from 'react';
import type { MessageThread, TextMessage } from '../../../core/api/messages.ts';
import { usePhone, useSnapshot } from '../../app/phone-context.ts';

/** The newest conversations and messages that are shown; who looks for older ones searches the file. */
const MOST = 200;

/** The conversations, anew with each change of them; null until the first answer. */
export function useThreads(): readonly MessageThread[] | null {
  const { model } = usePhone();
  const { revision } = useSnapshot().messages;
  const [threads, setThreads] = useState<readonly MessageThread[] | null>(null);
  useEffect(() => {
    let current = true;
    void model.request('messages.threads', { offset: 0, limit: MOST }).then((read) => {
      if (current && read.ok) setThreads(read.value.threads);
    });
    return () => {
      current = false;
    };
  }, [model, revision]);
  return threads;
}

/** The messages of a conversation, oldest first, anew with each change of them; null until the first answer. */
export function useMessages(accountId: string, address: string): readonly TextMessage[] | null {
  const { model } = usePhone();
  const { revision } = useSnapshot().messages;
  const [messages, setMessages] = useState<readonly TextMessage[] | null>(null);
  useEffect(() => {
    let current = true;
    void model.request('messages.read', { accountId, address, offset: 0, limit: MOST }).then((read) => {
      if (current && read.ok) setMessages(read.value.messages.toReversed());
    });
    return () => {
      current = false;
    };
  }, [model, accountId, address, revision]);
  return messages;
}
