import { useT } from '@lib/i18n';
import { RadioGroup } from '@ui/Choices';

/** Of a series: whether this class alone is meant, or the later ones as well. */
export function Scope({ following, onChange }: { following: boolean; onChange: (following: boolean) => void }) {
  const t = useT();
  return (
    <RadioGroup
      legend={t('classes.scope')}
      value={following ? 'following' : 'this'}
      onChange={(value) => onChange(value === 'following')}
      choices={[
        { value: 'this', label: t('classes.scope.this') },
        { value: 'following', label: t('classes.scope.following') },
      ]}
    />
  );
}
