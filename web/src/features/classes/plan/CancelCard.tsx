import { useState } from 'react';

import { useCancelClassMutation, type ClassView } from '@lib/api/live';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { ConfirmDialog } from '@ui/ConfirmDialog';
import { ProblemBanner } from '@ui/ProblemBanner';
import { TextField } from '@ui/TextField';
import { toast } from '@ui/toast';

import { Scope } from './Scope';

/** Calling a class off; whoever was invited is told, with the reason. */
export function CancelCard({ held }: { held: ClassView }) {
  const t = useT();
  const [asking, setAsking] = useState(false);
  const [following, setFollowing] = useState(false);
  const [reason, setReason] = useState('');
  const [cancel, { error, isLoading }] = useCancelClassMutation();
  const send = async (): Promise<void> => {
    const answer = await cancel({ classId: held.id, following, reason: reason.trim() });
    if (answer.error) return;
    setAsking(false);
    toast(t(following ? 'classes.cancel.done-all' : 'classes.cancel.done'));
  };
  return (
    <section className="card section plan-card" aria-labelledby="plan-cancel">
      <h2 id="plan-cancel">{t('classes.cancel')}</h2>
      <p className="muted">{t('classes.cancel.line')}</p>
      <div>
        <Button kind="danger" onClick={() => setAsking(true)}>
          {t('classes.cancel.do')}
        </Button>
      </div>
      <ConfirmDialog title={t('classes.cancel.sure', { title: held.title })} action={t('classes.cancel.do')} danger open={asking} busy={isLoading} onConfirm={() => void send()} onClose={() => setAsking(false)}>
        <div className="form">
          <ProblemBanner problem={asProblem(error)} />
          <TextField label={t('classes.cancel.reason')} hint={t('classes.cancel.reason-hint')} optional maxLength={500} dir="auto" value={reason} onChange={(event) => setReason(event.target.value)} />
          {held.series_id && <Scope following={following} onChange={setFollowing} />}
        </div>
      </ConfirmDialog>
    </section>
  );
}
