import { useState } from 'react';

import { versionTag } from '@lib/api/base';
import { useDraftProblemQuery, useUpdateProblemMutation, type NodeView, type Problem } from '@lib/api/courses';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { Banner } from '@ui/Banner';
import { Button } from '@ui/Button';
import { ErrorState } from '@ui/ErrorState';
import { ProblemBanner } from '@ui/ProblemBanner';
import { Segments } from '@ui/Segments';
import { SkeletonLines } from '@ui/Skeleton';
import { TextArea } from '@ui/TextArea';
import { toast } from '@ui/toast';

import type { NodeDraft } from '../useNodeDraft';
import { problemOfText, STARTER, textOfProblem } from './problemText';
import { ProblemSettings } from './ProblemSettings';

type Mode = 'settings' | 'json' | 'olx';

/** A problem: its settings in a form, all of it as JSON, or anew from OLX. A new version is made on save; answers to the old one keep theirs. */
export function ProblemEditor({ course, draft }: { course: string; draft: NodeDraft }) {
  const { data, error, isFetching, refetch } = useDraftProblemQuery({ course, node: draft.node.id }, { refetchOnMountOrArgChange: true });
  const problem = asProblem(error);
  if (isFetching && !data) return <SkeletonLines lines={8} />;
  if (problem && problem.status !== 404) return <ErrorState problem={problem} onRetry={() => void refetch()} level={3} />;
  return <Desk key={draft.epoch} course={course} draft={draft} present={problem ? undefined : data} />;
}

function Desk({ course, draft, present }: { course: string; draft: NodeDraft; present: Problem | undefined }) {
  const t = useT();
  const [mode, setMode] = useState<Mode>(present ? 'settings' : 'olx');
  const [text, setText] = useState(() => (present ? textOfProblem(present) : ''));
  const [olx, setOlx] = useState(() => (present ? '' : STARTER));
  const [write, { isLoading, error }] = useUpdateProblemMutation();
  const [clash, setClash] = useState<NodeView>();
  const read = problemOfText(text);
  const isReady = mode === 'olx' ? olx.trim() !== '' : read.problem !== undefined;
  const save = async (version: number): Promise<void> => {
    const answer = await write({ course, node: draft.node.id, 'If-Match': versionTag(version), problemEditIn: mode === 'olx' ? { olx } : { problem: read.problem ?? null } });
    if (answer.data) {
      setClash(undefined);
      draft.adopt(answer.data);
      toast(t('author.problem.saved'));
      return;
    }
    const refused = asProblem(answer.error);
    if (refused?.status === 412) setClash(refused.fields.current as NodeView);
  };
  return (
    <div className="stack">
      <Segments<Mode>
        legend={t('author.problem.mode')}
        hideLegend
        value={mode}
        segments={[
          ...(present ? [{ value: 'settings' as const, label: t('author.problem.settings') }] : []),
          ...(present ? [{ value: 'json' as const, label: 'JSON' }] : []),
          { value: 'olx', label: 'OLX' },
        ]}
        onChange={setMode}
      />
      {mode === 'settings' && read.problem && <ProblemSettings problem={read.problem} onChange={(next) => setText(textOfProblem(next))} />}
      {mode === 'settings' && !read.problem && <Banner tone="danger">{t('author.problem.unreadable', { reason: read.reason })}</Banner>}
      {mode === 'json' && (
        <TextArea
          label={t('author.problem.json')}
          hint={t('author.problem.json-hint')}
          className="input source"
          dir="ltr"
          spellCheck={false}
          error={read.problem ? undefined : t('author.problem.unreadable', { reason: read.reason })}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      )}
      {mode === 'olx' && <TextArea label={t('author.problem.olx')} hint={t('author.problem.olx-hint')} className="input source" dir="ltr" spellCheck={false} value={olx} onChange={(event) => setOlx(event.target.value)} />}
      {clash ? (
        <Banner tone="warning" action={<Button onClick={() => void save(clash.version)}>{t('author.clash.keep-mine')}</Button>}>
          {t('author.clash.line')}
        </Banner>
      ) : (
        <ProblemBanner problem={asProblem(error)} />
      )}
      <div className="row">
        <Button kind="primary" busy={isLoading} disabled={!isReady} onClick={() => void draft.flush().then(() => save(draft.version()))}>
          {t('author.problem.save')}
        </Button>
        <span className="muted small">{t('author.problem.version')}</span>
      </div>
    </div>
  );
}
