import { useNavigate } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';

import { exchange } from '@lib/api/base';
import { useCloseAccountMutation } from '@lib/api/identity';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import type { Problem } from '@lib/problem';
import { leave } from '@lib/session';
import { Button } from '@ui/Button';
import { Dialog } from '@ui/Dialog';
import { PasswordField } from '@ui/PasswordField';
import { ProblemBanner } from '@ui/ProblemBanner';

import { Section } from './Section';

/** Who keeps what about a learner; each part is that service's own account of it. */
const PARTS = [
  ['account', '/identity/export'],
  ['profile', '/people/me'],
  ['organizations', '/organizations/mine'],
  ['seats', '/enrollment/mine'],
  ['progress', '/learn/home'],
] as const;

/** Take the data along, or go. */
export function ClosingSection() {
  const t = useT();
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const [closing, setClosing] = useState(false);
  const download = async (): Promise<void> => {
    setBusy(true);
    const answers = await Promise.all(PARTS.map(([, url]) => exchange({ url })));
    setBusy(false);
    const failed = answers.find((answer) => 'error' in answer);
    if (failed) return setProblem(failed.error);
    setProblem(undefined);
    const everything = Object.fromEntries(PARTS.map(([name], index) => [name, answers[index] && 'data' in answers[index] ? answers[index].data : null]));
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([JSON.stringify(everything, null, 2)], { type: 'application/json' }));
    link.download = 'stoa-my-data.json';
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };
  return (
    <Section title={t('people.closing.title')}>
      <ProblemBanner problem={problem} />
      <p>{t('people.closing.download-line')}</p>
      <div>
        <Button icon="download" busy={busy} onClick={() => void download()}>
          {t('people.closing.download')}
        </Button>
      </div>
      <p>{t('people.closing.close-line')}</p>
      <div>
        <Button icon="trash" onClick={() => setClosing(true)}>
          {t('people.closing.close')}
        </Button>
      </div>
      <CloseDialog open={closing} onClose={() => setClosing(false)} />
    </Section>
  );
}

function CloseDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = useT();
  const navigate = useNavigate();
  const [close, { isLoading, error }] = useCloseAccountMutation();
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const password = String(new FormData(event.currentTarget).get('password') ?? '');
    const answer = await close({ passwordIn: { password } });
    if (answer.error) return;
    leave();
    await navigate({ to: '/' });
  };
  return (
    <Dialog title={t('people.closing.sure')} open={open} onClose={onClose}>
      <form className="form" onSubmit={(event) => void submit(event)}>
        <p>{t('people.closing.sure-line')}</p>
        <ProblemBanner problem={asProblem(error)} />
        <PasswordField label={t('people.password.current')} name="password" autoComplete="current-password" required />
        <div className="row end">
          <Button onClick={onClose}>{t('people.closing.stay')}</Button>
          <Button kind="danger" type="submit" busy={isLoading}>
            {t('people.closing.close')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
