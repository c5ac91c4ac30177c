import { useDraftOutlineQuery } from '@lib/api/courses';
import { useT } from '@lib/i18n';
import { IconButton } from '@ui/IconButton';
import { Select } from '@ui/Select';

import { find, flatten } from './tree';

type Props = { course: string; node: string; chosen: string[]; onChange: (chosen: string[]) => void };

/** The parts that must be finished first; a part cannot wait for itself or what is in it. */
export function Prerequisites({ course, node, chosen, onChange }: Props) {
  const t = useT();
  const { data } = useDraftOutlineQuery({ course });
  const sections = data?.sections ?? [];
  const own = find(sections, node)?.node;
  const inside = new Set(own ? flatten([own]).map((each) => each.id) : []);
  const eligible = flatten(sections).filter((each) => each.kind !== 'block' && !inside.has(each.id) && !chosen.includes(each.id) && !flatten(each.children).some((below) => below.id === node));
  const titleOf = (id: string): string => find(sections, id)?.node.title || t('author.gone');
  return (
    <>
      <Select
        label={t('author.field.prerequisites')}
        hint={t('author.field.prerequisites-hint')}
        placeholder={t('author.field.prerequisites-add')}
        options={eligible.map((each) => ({ value: each.id, label: `${'  '.repeat(each.kind === 'section' ? 0 : each.kind === 'subsection' ? 1 : 2)}${each.title}` }))}
        value=""
        onChange={(event) => event.target.value && onChange([...chosen, event.target.value])}
      />
      {chosen.length > 0 && (
        <ul className="list">
          {chosen.map((id) => (
            <li key={id}>
              <bdi className="grow">{titleOf(id)}</bdi>
              <IconButton icon="close" label={t('author.no-longer-needed', { title: titleOf(id) })} tip={false} onClick={() => onChange(chosen.filter((each) => each !== id))} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
