import type { Completion, NodeSettings } from '@lib/api/courses';
import { useT } from '@lib/i18n';
import { Disclosure } from '@ui/Disclosure';
import { SaveState } from '@ui/SaveState';
import { Select } from '@ui/Select';
import { Switch } from '@ui/Switch';
import { MomentField } from '@ui/MomentField';
import { TextField } from '@ui/TextField';

import { Prerequisites } from './Prerequisites';
import { kindOf } from './states';
import type { NodeDraft } from './useNodeDraft';

const RULES: Completion[] = ['auto', 'view', 'time', 'watch', 'score', 'submit', 'manual', 'none'];
const WITH_THRESHOLD = new Set<Completion>(['time', 'watch', 'score']);

/** How a part counts and when it opens. Everything is saved as it is changed. */
export function Inspector({ course, draft }: { course: string; draft: NodeDraft }) {
  const t = useT();
  const { node, value, change, state } = draft;
  const { settings } = value;
  const set = (part: Partial<NodeSettings>): void => change({ settings: { ...settings, ...part } });
  const isPart = node.kind === 'block' || node.kind === 'unit';
  return (
    <form className="form inspector" onSubmit={(event) => event.preventDefault()}>
      <div className="row between">
        <span className="muted small">{t(`author.kind.${kindOf(node)}`)}</span>
        <SaveState state={state} />
      </div>
      <TextField label={t('author.field.title')} maxLength={500} value={value.title} onChange={(event) => change({ title: event.target.value })} />
      <Switch label={t('author.field.hidden')} hint={t('author.field.hidden-hint')} checked={settings.hidden} onChange={(hidden) => set({ hidden })} />
      {isPart && <Switch label={t('author.field.required')} hint={t('author.field.required-hint')} checked={settings.required} onChange={(required) => set({ required })} />}
      {node.kind === 'block' && (
        <>
          <Select
            label={t('author.field.completion')}
            hint={t('author.field.completion-hint')}
            options={RULES.map((rule) => ({ value: rule, label: t(`author.rule.${rule}`) }))}
            value={settings.completion}
            onChange={(event) => set({ completion: event.target.value as Completion })}
          />
          {WITH_THRESHOLD.has(settings.completion) && (
            <TextField
              label={t(`author.threshold.${settings.completion}`)}
              inputMode="decimal"
              value={settings.completion === 'time' ? (settings.threshold ?? '') : percentOf(settings.threshold)}
              onChange={(event) => set({ threshold: settings.completion === 'time' ? numberOr(event.target.value, null) : shareOf(event.target.value) })}
            />
          )}
          <WeightField weight={settings.weight} onChange={(weight) => set({ weight })} />
        </>
      )}
      <Disclosure summary={t('author.dates')} open={Boolean(settings.release_at ?? settings.due_at)}>
        <div className="form">
          <MomentField label={t('author.field.release')} value={settings.release_at} onChange={(release_at) => set({ release_at })} />
          <MomentField label={t('author.field.due')} value={settings.due_at} onChange={(due_at) => set({ due_at })} />
        </div>
      </Disclosure>
      <Disclosure summary={t('author.rules')} open={settings.graded || settings.prerequisites.length > 0 || settings.try_out}>
        <div className="form">
          <Prerequisites course={course} node={node.id} chosen={settings.prerequisites} onChange={(prerequisites) => set({ prerequisites })} />
          <Switch label={t('author.field.graded')} checked={settings.graded} onChange={(graded) => set({ graded })} />
          {node.kind === 'unit' && <Switch label={t('author.field.try')} hint={t('author.field.try-hint')} checked={settings.try_out} onChange={(try_out) => set({ try_out })} />}
          <TextField label={t('author.field.licence')} optional maxLength={200} value={settings.licence} onChange={(event) => set({ licence: event.target.value })} />
        </div>
      </Disclosure>
    </form>
  );
}

function WeightField({ weight, onChange }: { weight: string; onChange: (weight: string) => void }) {
  const t = useT();
  return <TextField label={t('author.field.weight')} hint={t('author.field.weight-hint')} inputMode="decimal" defaultValue={weight} onChange={(event) => onChange(numberOr(event.target.value, '1') ?? '1')} />;
}

/** The text as a number the server reads, or what stands for nothing. */
function numberOr(text: string, otherwise: string | null): string | null {
  const value = Number(text.trim().replace(',', '.'));
  return text.trim() === '' || !Number.isFinite(value) || value < 0 ? otherwise : String(value);
}

const percentOf = (share: string | null): string => (share === null ? '' : String(Math.round(Number(share) * 100)));
const shareOf = (text: string): string | null => {
  const percent = numberOr(text, null);
  return percent === null ? null : String(Math.min(100, Number(percent)) / 100);
};
