import './live.css';

import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { useViewerQuery } from '@lib/api/viewer';
import { useT } from '@lib/i18n';
import type { Problem } from '@lib/problem';
import { session } from '@lib/session';
import { useSignal } from '@lib/signal';
import { Button } from '@ui/Button';
import { Checkbox } from '@ui/Checkbox';
import { Page } from '@ui/Page';
import { ProblemBanner } from '@ui/ProblemBanner';
import { TextField } from '@ui/TextField';

import { joinAsGuest, needsConsent } from './room/entry';

const DIGITS = 6;

/** Into a class by its code, with nothing but a name. */
export default function JoinPage() {
  const t = useT();
  const navigate = useNavigate();
  const { code: given = '' } = useParams({ strict: false });
  const { state } = useSignal(session);
  const { data: viewer } = useViewerQuery(undefined, { skip: state !== 'signed-in' });
  const [code, setCode] = useState(given.replace(/\D/g, '').slice(0, DIGITS));
  const [name, setName] = useState('');
  const [says, setSays] = useState({ consent: false, agrees: false, is_of_age: false });
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const asksConsent = needsConsent(problem) || says.consent;
  const terms = problem?.code === 'live.guests_refused' ? (problem.fields as { terms?: string; min_age?: number }) : undefined;
  const join = async (): Promise<void> => {
    setBusy(true);
    const answer = await joinAsGuest({ code, name: name.trim() || viewer?.name || '', ...says });
    setBusy(false);
    if ('error' in answer) return setProblem(answer.error);
    return navigate({ to: '/live/$room', params: { room: answer.data.class.id } });
  };
  return (
    <Page title={t('live.join.title')} width="narrow" lead={t('live.join.lead')}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void join();
        }}
      >
        {!needsConsent(problem) && !terms?.terms && !terms?.min_age && <ProblemBanner problem={problem} />}
        <TextField
          label={t('live.join.code')}
          className="input code-input"
          inputMode="numeric"
          autoComplete="one-time-code"
          pattern="[0-9]{6}"
          dir="ltr"
          required
          placeholder="000000"
          value={code}
          onChange={(event) => setCode(event.target.value.replace(/\D/g, '').slice(0, DIGITS))}
        />
        {state !== 'signed-in' && <TextField label={t('live.join.name')} hint={t('live.join.name-hint')} autoComplete="nickname" required maxLength={60} dir="auto" value={name} onChange={(event) => setName(event.target.value)} />}
        {asksConsent && (
          <>
            <p role="alert">{t('live.consent-line')}</p>
            <Checkbox label={t('live.consent-check')} required checked={says.consent} onChange={(event) => setSays({ ...says, consent: event.target.checked })} />
          </>
        )}
        {(terms?.terms || says.agrees) && (
          <>
            {terms?.terms && <p dir="auto">{terms.terms}</p>}
            <Checkbox label={t('live.join.agree')} required checked={says.agrees} onChange={(event) => setSays({ ...says, agrees: event.target.checked })} />
          </>
        )}
        {(terms?.min_age || says.is_of_age) && <Checkbox label={t('live.join.of-age', { age: terms?.min_age ?? 0 })} required checked={says.is_of_age} onChange={(event) => setSays({ ...says, is_of_age: event.target.checked })} />}
        <Button kind="primary" type="submit" wide busy={busy}>
          {t('live.join.go')}
        </Button>
      </form>
    </Page>
  );
}
