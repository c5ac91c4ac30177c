import { useState } from 'react';

import { versionTag } from '@lib/api/base';
import { useChooseStageMutation, useStageChoiceQuery, type ClassView, type StageView } from '@lib/api/live';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { Checkbox } from '@ui/Checkbox';
import { RadioGroup } from '@ui/Choices';
import { ErrorState } from '@ui/ErrorState';
import { ProblemBanner } from '@ui/ProblemBanner';
import { SkeletonLines } from '@ui/Skeleton';
import { TextField } from '@ui/TextField';
import { toast } from '@ui/toast';

import { Scope } from './Scope';

const NAMES: Record<string, string> = { livekit: 'LiveKit', bigbluebutton: 'BigBlueButton', jitsi: 'Jitsi' };

/** How the class is seen and heard: one of the servers that the operator runs, a broadcast, or slides and comments alone. */
export function StageForm({ held }: { held: ClassView }) {
  const t = useT();
  const { data: stage, error, refetch } = useStageChoiceQuery({ classId: held.id }, { refetchOnMountOrArgChange: true });
  return (
    <section className="card section plan-card" aria-labelledby="plan-stage">
      <h2 id="plan-stage">{t('classes.stage')}</h2>
      {!stage && !error && <SkeletonLines lines={4} />}
      {!stage && error !== undefined && <ErrorState level={3} problem={asProblem(error)} onRetry={() => void refetch()} />}
      {stage && <Choice key={stage.version} held={held} stage={stage} onStale={() => void refetch()} />}
    </section>
  );
}

function Choice({ held, stage, onStale }: { held: ClassView; stage: StageView; onStale: () => void }) {
  const t = useT();
  const [choose, { error, isLoading }] = useChooseStageMutation();
  const [provider, setProvider] = useState(stage.provider);
  const [free, setFree] = useState(stage.may_audience_speak);
  const [following, setFollowing] = useState(false);
  const problem = asProblem(error);
  // What was chosen once and is not offered any more is still told, so that nobody wonders why nothing is heard.
  const gone = stage.provider && !stage.providers.includes(stage.provider) ? [stage.provider] : [];
  const hasChoice = stage.providers.length > 0 || stage.takes_playlist || gone.length > 0;
  const send = async (fields: FormData): Promise<void> => {
    const playlist = String(fields.get('playlist') ?? '').trim();
    const answer = await choose({ classId: held.id, following, 'If-Match': versionTag(stage.version), stageChoice: { provider, playlist, may_audience_speak: provider !== '' && free } });
    if (!answer.error) toast(t('classes.stage.saved'));
  };
  if (!hasChoice) {
    return (
      <>
        <p>{t('classes.stage.none-here')}</p>
        <p className="muted small">{t('classes.stage.none-here-hint')}</p>
      </>
    );
  }
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        void send(new FormData(event.currentTarget));
      }}
    >
      <ProblemBanner problem={problem} />
      {problem?.status === 412 && (
        <div>
          <Button icon="refresh" onClick={onStale}>
            {t('classes.details.reload')}
          </Button>
        </div>
      )}
      <RadioGroup
        legend={t('classes.stage.provider')}
        boxed
        value={provider}
        onChange={setProvider}
        choices={[
          { value: '', label: t('classes.stage.none'), hint: t('classes.stage.none-hint') },
          ...stage.providers.map((name) => ({ value: name, label: <bdi>{NAMES[name] ?? name}</bdi>, hint: t.has(`classes.stage.${name}`) ? t(`classes.stage.${name}`) : undefined })),
          ...gone.map((name) => ({ value: name, label: <bdi>{NAMES[name] ?? name}</bdi>, hint: t('classes.stage.gone') })),
        ]}
      />
      {provider !== '' && <Checkbox label={t('classes.stage.free')} hint={t('classes.stage.free-hint')} checked={free} onChange={(event) => setFree(event.target.checked)} />}
      {stage.takes_playlist && <TextField label={t('classes.stage.playlist')} hint={t('classes.stage.playlist-hint')} optional name="playlist" type="url" inputMode="url" maxLength={2000} dir="ltr" placeholder="https://" defaultValue={stage.playlist} />}
      <Rules held={held} stage={stage} />
      {held.series_id && <Scope following={following} onChange={setFollowing} />}
      <div className="row end">
        <Button kind="primary" type="submit" busy={isLoading}>
          {t('classes.save')}
        </Button>
      </div>
    </form>
  );
}

/** What holds of recordings here, in words: who is on them, and how long they stay. */
function Rules({ held, stage }: { held: ClassView; stage: StageView }) {
  const t = useT();
  const { keep_days: days, may_guests_be_recorded: guests, guest_age: age } = stage.rules;
  return (
    <div className="plan-rules">
      <h3>{t('classes.rules')}</h3>
      <ul>
        <li>{t(held.is_recorded ? 'classes.rules.asked-first' : 'classes.rules.asked-then')}</li>
        <li>{guests ? t('classes.rules.guests', { age }) : t('classes.rules.no-guests')}</li>
        <li>{t('classes.rules.kept', { days })}</li>
        <li>{t('classes.rules.audience')}</li>
      </ul>
    </div>
  );
}
