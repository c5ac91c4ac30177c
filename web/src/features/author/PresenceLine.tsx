import { useParams, useSearch } from '@tanstack/react-router';

import { useT } from '@lib/i18n';
import { Avatar } from '@ui/Avatar';

import { usePresence } from './usePresence';

const NAMED = 3;

/** Who else has this course open for editing, by name; those in front of the same part are named first. */
export function PresenceLine({ course }: { course: string }) {
  const t = useT();
  const { unit } = useParams({ strict: false });
  const { node } = useSearch({ strict: false });
  const here = node ?? unit;
  const editors = usePresence(course, here);
  const names = editors.toSorted((one, other) => Number(other.node === here) - Number(one.node === here)).map((editor) => editor.display_name || t('author.presence.somebody'));
  const shown = names.slice(0, NAMED);
  const list = new Intl.ListFormat(t.locale, { type: 'conjunction' }).format(names.length > NAMED ? [...shown, t('author.presence.more', { count: names.length - NAMED })] : shown);
  return (
    <span className="presence small" role="status">
      {names.length > 0 && (
        <>
          {shown.map((name, index) => (
            <Avatar key={index} name={name} size={24} />
          ))}
          <bdi>{t('author.presence.line', { names: list, count: names.length })}</bdi>
        </>
      )}
    </span>
  );
}
