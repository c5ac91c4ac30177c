import { useCallback, useEffect, useState } from 'react';

import { asProblem } from '@lib/asProblem';
import type { Problem } from '@lib/problem';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Avatar } from '@ui/Avatar';
import { Badge } from '@ui/Badge';
import { Button } from '@ui/Button';
import { ErrorState } from '@ui/ErrorState';
import { IconButton } from '@ui/IconButton';
import { Menu, type MenuItem } from '@ui/Menu';
import { SearchBox } from '@ui/SearchBox';
import { SkeletonLines } from '@ui/Skeleton';

import { mayHost, useAct, useRoom, useRoomState } from '../room/useRoom';

type Person = { id: string; name: string; role: string; muted?: boolean | null; is_guest?: boolean };
type Window = { items: Person[]; next: string | null };

const MOST = 500;

/** Who is here: the count, a window of names, and a search that the server does. Never the whole list. */
export function People() {
  const t = useT();
  const format = useFormats();
  const room = useRoom();
  const { people } = useRoomState();
  const [search, setSearch] = useState('');
  const [list, setList] = useState<Window>();
  const [problem, setProblem] = useState<Problem>();
  const [look, setLook] = useState(0);
  const fetchWindow = useCallback(
    (_: number, after?: string) => {
      const query = new URLSearchParams({ ...(search ? { search } : {}), ...(after ? { cursor: after } : {}), limit: '50' });
      return room.ask<Window>('GET', `people?${query.toString()}`);
    },
    [room, search],
  );
  useEffect(() => {
    let gone = false;
    void fetchWindow(look).then((answer) => {
      if (gone) return;
      if ('error' in answer) return setProblem(answer.error);
      setProblem(undefined);
      setList(answer.data);
    });
    return () => {
      gone = true;
    };
  }, [fetchWindow, look]);
  const again = (): void => setLook(look + 1);
  const more = async (after: string): Promise<void> => {
    const answer = await fetchWindow(look, after);
    if ('data' in answer) setList((before) => ({ items: [...(before?.items ?? []), ...answer.data.items].slice(0, MOST), next: answer.data.next }));
  };
  return (
    <div className="room-scroll stack">
      <p className="row between">
        <span>{t('live.people.count', { people: people || list?.items.length || 0 })}</span>
        <IconButton icon="refresh" label={t('live.people.refresh')} onClick={again} />
      </p>
      <SearchBox label={t('live.people.search')} value={search} onSearch={setSearch} />
      {!list && !problem && <SkeletonLines lines={6} />}
      {problem && <ErrorState problem={asProblem(problem)} onRetry={again} />}
      {list && (
        <ul className="list people">
          {list.items.map((person) => (
            <PersonRow key={person.id} person={person} onChanged={again} />
          ))}
        </ul>
      )}
      {list?.items.length === 0 && <p className="muted">{t('live.people.none')}</p>}
      {list?.next && (
        <Button wide onClick={() => void more(list.next as string)}>
          {t('live.people.more')}
        </Button>
      )}
      {list && people > list.items.length && search === '' && <p className="small muted">{t('live.people.sampled', { shown: format.number(list.items.length), people: format.number(people) })}</p>}
    </div>
  );
}

function PersonRow({ person, onChanged }: { person: Person; onChanged: () => void }) {
  const t = useT();
  const room = useRoom();
  const act = useAct();
  const { role } = useRoomState();
  const is = room.me.id === person.id;
  const tell = async (path: string, body?: unknown): Promise<void> => {
    if ((await act(room.ask('POST', `people/${person.id}/${path}`, body))) !== undefined) onChanged();
  };
  const spotlight = async (): Promise<void> => {
    await act(room.ask('POST', 'spotlight', { participant: person.id }));
  };
  const items: MenuItem[] = [
    { id: 'spot', label: t('live.people.spotlight'), icon: 'star', onPress: () => void spotlight() },
    person.role === 'speaker'
      ? { id: 'listen', label: t('live.people.no-speaker'), icon: 'muted', onPress: () => void tell('role', { role: 'learner' }) }
      : { id: 'speak', label: t('live.people.speaker'), icon: 'sound', onPress: () => void tell('role', { role: 'speaker' }) },
    { id: 'cohost', label: t('live.people.cohost'), icon: 'shield', onPress: () => void tell('role', { role: 'cohost' }) },
    { kind: 'rule', id: 'rule' },
    person.muted
      ? { id: 'unmute', label: t('live.people.unmute'), icon: 'chat', onPress: () => void tell('unmute') }
      : { id: 'mute', label: t('live.people.mute'), icon: 'muted', onPress: () => void tell('mute', {}) },
    { id: 'remove', label: t('live.people.remove'), icon: 'log-out', danger: true, onPress: () => void tell('remove', {}) },
  ];
  return (
    <li>
      <Avatar name={person.name} size={32} />
      <span className="grow">
        <bdi>{person.name}</bdi> {is && <span className="muted small">{t('live.chat.you')}</span>}
      </span>
      {person.muted && <Badge tone="warning">{t('live.people.muted')}</Badge>}
      {person.role !== 'learner' && <Badge tone={mayHost(person.role) ? 'info' : 'neutral'}>{t(`live.role.${person.role}`)}</Badge>}
      {mayHost(role) && !is && (
        <Menu
          label={t('live.people.tools', { name: person.name })}
          items={items}
          trigger={(props) => <IconButton icon="more" tip={false} label={t('live.people.tools', { name: person.name })} {...props} />}
        />
      )}
    </li>
  );
}
