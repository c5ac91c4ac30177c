import { useEffect, useState } from 'react';

import { useT } from '@lib/i18n';
import { Badge } from '@ui/Badge';
import { Button } from '@ui/Button';
import { Icon } from '@ui/Icon';
import { IconButton } from '@ui/IconButton';
import { TextArea } from '@ui/TextArea';

import type { Comment } from '../chat/ring';
import { mayHost, useAct, useRoom, useRoomState } from '../room/useRoom';
import type { Room } from '../room/room';
import type { Question } from '../room/state';
import { commentOf } from '../room/wire';

const AT_ONCE = 200;
const LEADING = new Set(['host', 'cohost', 'speaker']);

/** What was said to a question, in the order of time; read when it is opened, and then as more comes. */
export function Thread({ question }: { question: Question }) {
  const t = useT();
  const [open, setOpen] = useState(false);
  const replies = question.replies ?? 0;
  const { phase } = useRoomState();
  if (replies === 0 && phase !== 'live' && phase !== 'open') return null;
  return (
    <details className="thread" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <Icon name="chat" />
        {t('live.thread', { replies })}
      </summary>
      {open && <Replies question={question} replies={replies} />}
    </details>
  );
}

const merged = (known: Comment[], more: Comment[]): Comment[] => {
  const all = new Map([...known, ...more].map((each) => [each.id, each]));
  return [...all.values()].toSorted((one, other) => (one.seq ?? 0) - (other.seq ?? 0));
};

/** From the beginning: what waited for a moderator comes in among the others when it is shown. */
async function read(room: Room, question: string, round: number, take: (found: Comment[]) => boolean): Promise<void> {
  let after = 0;
  for (let page = 0; page <= round; page += 1) {
    const answer = await room.ask<{ items?: unknown[] }>('GET', `questions/${question}/thread?after=${after}&limit=${AT_ONCE}`);
    if ('error' in answer) return;
    const found = (answer.data?.items ?? []).map(commentOf);
    if (!take(found)) return;
    after = found.at(-1)?.seq ?? after;
  }
}

function Replies({ question, replies }: { question: Question; replies: number }) {
  const t = useT();
  const room = useRoom();
  const { buried } = useRoomState();
  const [said, setSaid] = useState<Comment[]>([]);
  const [round, setRound] = useState(0);
  const [more, setMore] = useState(false);
  useEffect(() => {
    let gone = false;
    const take = (found: Comment[]): boolean => {
      if (gone) return false;
      setSaid((before) => merged(before, found));
      setMore(found.length === AT_ONCE);
      return found.length === AT_ONCE;
    };
    if (replies > 0) void read(room, question.id, round, take);
    return () => {
      gone = true;
    };
  }, [room, question.id, replies, round]);
  return (
    <>
      {said.length > 0 && (
        <ul className="thread-rows">
          {said.map((reply) => (
            <Reply key={reply.id} reply={buried?.includes(reply.seq ?? 0) ? { ...reply, isGone: true, body: '' } : reply} />
          ))}
        </ul>
      )}
      {more && <Button onClick={() => setRound(round + 1)}>{t('live.thread.more')}</Button>}
      <ReplyForm question={question} onSaid={(reply) => setSaid((before) => merged(before, [reply]))} />
    </>
  );
}

function Reply({ reply }: { reply: Comment }) {
  const t = useT();
  const room = useRoom();
  const act = useAct();
  const { role } = useRoomState();
  return (
    <li className={LEADING.has(reply.author.role) ? 'thread-leading' : ''}>
      <p dir="auto" className={reply.isGone ? 'muted' : ''}>
        {reply.isGone ? t('live.chat.gone') : reply.body}
      </p>
      <p className="small muted row">
        <bdi>{reply.author.name}</bdi>
        {reply.author.id === room.me.id && t('live.chat.you')}
        {LEADING.has(reply.author.role) && <Badge tone="info">{t(`live.role.${reply.author.role}`)}</Badge>}
        {reply.isHeld && <Badge>{t('live.thread.held')}</Badge>}
        {mayHost(role) && !reply.isGone && <IconButton icon="trash" label={t('live.thread.remove', { name: reply.author.name })} onClick={() => void act(room.ask('DELETE', `messages/${reply.seq ?? 0}`))} />}
      </p>
    </li>
  );
}

function ReplyForm({ question, onSaid }: { question: Question; onSaid: (reply: Comment) => void }) {
  const t = useT();
  const room = useRoom();
  const act = useAct();
  const { phase, isMuted } = useRoomState();
  const [words, setWords] = useState('');
  const [id, setId] = useState(() => crypto.randomUUID());
  const [busy, setBusy] = useState(false);
  if (isMuted || (phase !== 'live' && phase !== 'open')) return null;
  const send = async (): Promise<void> => {
    if (words.trim() === '' || busy) return;
    setBusy(true);
    // Sent again after a broken line it is the same answer.
    const kept = await act(room.ask('POST', 'messages', { body: words.trim(), client_msg_id: id, question: question.id }));
    setBusy(false);
    if (!kept) return;
    setWords('');
    setId(crypto.randomUUID());
    onSaid(commentOf(kept));
  };
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <TextArea label={t('live.thread.reply')} rows={2} maxLength={2000} dir="auto" value={words} onChange={(event) => setWords(event.target.value)} />
      <div className="row end">
        <Button type="submit" busy={busy}>
          {t('live.thread.send')}
        </Button>
      </div>
    </form>
  );
}
