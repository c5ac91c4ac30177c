import { useNavigate } from '@tanstack/react-router';
import { useDeferredValue, useEffect, useId, useState, type KeyboardEvent } from 'react';

import { exchange } from '@lib/api/base';
import { mayAdminister, mayAuthor, mayTeach, useViewerQuery } from '@lib/api/viewer';
import { useT } from '@lib/i18n';
import { session } from '@lib/session';
import { useSignal } from '@lib/signal';
import { Dialog } from '@ui/Dialog';
import { Icon, type IconName } from '@ui/Icon';

type Hit = { id: string; label: string; hint?: string; icon: IconName; go: () => void };
type Course = { slug: string; title: string; organization?: string };

/** Search over courses and places; arrows choose, Enter goes. */
export default function SearchDialog({ onClose }: { onClose: () => void }) {
  const t = useT();
  const id = useId();
  const [words, setWords] = useState('');
  const [chosen, setChosen] = useState(0);
  const courses = useCourses(useDeferredValue(words.trim()));
  const places = usePlaces(onClose);
  const needle = words.trim().toLocaleLowerCase();
  const navigate = useNavigate();
  const hits: Hit[] = [
    ...courses.map((course) => ({
      id: `course-${course.slug}`,
      label: course.title,
      icon: 'book' as const,
      go: () => {
        onClose();
        void navigate({ to: '/c/$course', params: { course: course.slug } });
      },
    })),
    ...places.filter((place) => place.label.toLocaleLowerCase().includes(needle)),
  ];
  const at = Math.min(chosen, hits.length - 1);
  const steer = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setChosen((at + 1) % Math.max(1, hits.length));
    else if (event.key === 'ArrowUp') setChosen((at - 1 + hits.length) % Math.max(1, hits.length));
    else if (event.key === 'Enter') hits[at]?.go();
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title={t('shell.search')} hideTitle open onClose={onClose} width={600}>
      <div className="stack">
        <div className="input-wrap">
          <Icon name="search" />
          <input
            className="input"
            type="search"
            role="combobox"
            aria-label={t('shell.search')}
            aria-expanded
            aria-controls={`${id}-hits`}
            aria-activedescendant={hits[at] ? `${id}-${at}` : undefined}
            autoComplete="off"
            placeholder={t('shell.search-hint')}
            value={words}
            onChange={(event) => {
              setWords(event.target.value);
              setChosen(0);
            }}
            onKeyDown={steer}
          />
        </div>
        <div role="listbox" id={`${id}-hits`} aria-label={t('shell.search')} className="hits">
          {hits.map((hit, index) => (
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events jsx-a11y/interactive-supports-focus -- keys are the combobox's
            <div key={hit.id} id={`${id}-${index}`} role="option" aria-selected={index === at} className={`menu-item ${index === at ? 'chosen' : ''}`} onClick={hit.go}>
              <Icon name={hit.icon} />
              <span className="grow">{hit.label}</span>
            </div>
          ))}
        </div>
        <p className="hint" role="status">
          {needle !== '' ? t('shell.hits', { count: hits.length }) : ''}
        </p>
      </div>
    </Dialog>
  );
}

const IDLE_MS = 200;

function useCourses(words: string): Course[] {
  const [found, setFound] = useState<{ words: string; courses: Course[] }>({ words: '', courses: [] });
  useEffect(() => {
    if (words.length < 2) return undefined;
    const stop = new AbortController();
    const wait = setTimeout(() => {
      exchange({ url: '/catalog/courses', params: { q: words, limit: 8 } }, stop.signal)
        .then((answer) => {
          if ('data' in answer) setFound({ words, courses: (answer.data as { items: Course[] }).items.slice(0, 8) });
        })
        .catch(() => undefined);
    }, IDLE_MS);
    return () => {
      clearTimeout(wait);
      stop.abort();
    };
  }, [words]);
  return words.length < 2 ? [] : found.courses;
}

function usePlaces(onClose: () => void): Hit[] {
  const t = useT();
  const navigate = useNavigate();
  const { state } = useSignal(session);
  const { data } = useViewerQuery(undefined, { skip: state !== 'signed-in' });
  const roles = data?.roles ?? [];
  const to = (path: '/home' | '/catalog' | '/me/profile' | '/me/settings' | '/teach' | '/author' | '/admin/overview' | '/admin/users' | '/admin/orgs' | '/login') => () => {
    onClose();
    void navigate({ to: path, search: {} });
  };
  const explore: Hit = { id: 'catalog', label: t('shell.explore'), icon: 'compass', go: to('/catalog') };
  if (state !== 'signed-in') return [explore, { id: 'login', label: t('shell.sign-in'), icon: 'log-in', go: to('/login') }];
  const hits: Hit[] = [
    { id: 'home', label: t('shell.learn'), icon: 'book', go: to('/home') },
    explore,
    { id: 'profile', label: t('shell.profile'), icon: 'user', go: to('/me/profile') },
    { id: 'settings', label: t('shell.settings'), icon: 'settings', go: to('/me/settings') },
  ];
  if (mayTeach(roles)) hits.push({ id: 'teach', label: t('shell.teach'), icon: 'teach', go: to('/teach') });
  if (mayAuthor(roles)) hits.push({ id: 'author', label: t('shell.author'), icon: 'pencil', go: to('/author') });
  if (mayAdminister(roles)) {
    hits.push(
      { id: 'admin', label: t('shell.admin'), icon: 'shield', go: to('/admin/overview') },
      { id: 'users', label: t('shell.admin-users'), icon: 'users', go: to('/admin/users') },
      { id: 'orgs', label: t('shell.admin-orgs'), icon: 'building', go: to('/admin/orgs') },
    );
  }
  return hits;
}
