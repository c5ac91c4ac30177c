import type { BlockCounts } from '@lib/api/courses';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Card } from '@ui/Card';
import { Stat } from '@ui/Stat';

const KEYS = ['found', 'imported', 'converted_with_loss', 'skipped'] as const;

/** Found, imported, with loss, skipped: the first is the sum of the rest. */
export function Counts({ blocks }: { blocks: BlockCounts }) {
  const t = useT();
  const format = useFormats();
  return (
    <Card>
      <dl className="grid counts">
        {KEYS.map((key) => (
          <Stat key={key} label={t(`author.counts.${key}`)} value={format.number(blocks[key])} />
        ))}
      </dl>
    </Card>
  );
}
