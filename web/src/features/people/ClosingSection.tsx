import { Link, useNavigate } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';

import { useCloseAccountMutation } from '@lib/api/identity';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { leave } from '@lib/session';
import { Button } from '@ui/Button';
import { Dialog } from '@ui/Dialog';
import { Icon } from '@ui/Icon';
import { PasswordField } from '@ui/PasswordField';
import { ProblemBanner } from '@ui/ProblemBanner';

import { Section } from './Section';

/** Take the data along, or go. */
export function ClosingSection() {
  const t = useT();
  const [closing, setClosing] = useState(false);
  return (
    <Section title={t('people.closing.title')}>
      <p>{t('people.closing.download-line')}</p>
      <div>
        <Link className="btn btn-secondary" to="/me/data">
          <Icon name="download" />
          {t('people.closing.download')}
        </Link>
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
