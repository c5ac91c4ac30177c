import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import type { DraftState } from '@lib/drafts';
import { Icon, type IconName } from '@ui/Icon';

const SIGNS: Record<DraftState['kind'], IconName | null> = { clean: null, saving: 'refresh', saved: 'check', kept: 'device', conflict: 'warning' };

/** What happened to the words just written, in words. */
export function SaveState({ state, onCompare }: { state: DraftState; onCompare?: () => void }) {
  const t = useT();
  const format = useFormats();
  const words = state.kind === 'clean' ? '' : t(`save.${state.kind}`, state.kind === 'saved' ? { time: format.time(state.at) } : {});
  const sign = SIGNS[state.kind];
  return (
    <span className={`save-state ${state.kind}`} role="status">
      {sign && <Icon name={sign} />}
      {state.kind === 'conflict' && onCompare ? (
        <button type="button" className="btn btn-quiet" onClick={onCompare}>
          {words}
        </button>
      ) : (
        words
      )}
    </span>
  );
}
