import { useId, useState } from 'react';

import { exchange } from '@lib/api/base';
import { useViewerQuery } from '@lib/api/viewer';
import { useT } from '@lib/i18n';
import type { Problem } from '@lib/problem';
import { accept, leave, type Tokens } from '@lib/session';
import { Button } from '@ui/Button';
import { Dialog } from '@ui/Dialog';
import { PasswordField } from '@ui/PasswordField';
import { ProblemBanner } from '@ui/ProblemBanner';
import { TextField } from '@ui/TextField';

/** The session ran out: sign in over the page; what was written on it stays and is sent afterwards. */
export default function SignInAgain() {
  const t = useT();
  const form = useId();
  const { currentData } = useViewerQuery(undefined, { skip: true });
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const signIn = async (fields: FormData): Promise<void> => {
    setBusy(true);
    const answer = await exchange({ url: '/identity/login', method: 'POST', body: { email: fields.get('email'), password: fields.get('password') } });
    setBusy(false);
    if ('error' in answer) setProblem(answer.error);
    else accept(answer.data as Tokens);
  };
  return (
    <Dialog
      title={t('again.title')}
      open
      dismissible={false}
      onClose={leave}
      foot={
        <>
          <Button kind="quiet" onClick={leave}>
            {t('again.leave')}
          </Button>
          <Button kind="primary" type="submit" form={form} busy={busy}>
            {t('shell.sign-in')}
          </Button>
        </>
      }
    >
      <form
        id={form}
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void signIn(new FormData(event.currentTarget));
        }}
      >
        <p>{t('again.line')}</p>
        <ProblemBanner problem={problem} />
        <TextField label={t('shell.email')} name="email" type="email" autoComplete="username" required defaultValue={currentData?.email} />
        <PasswordField label={t('shell.password')} name="password" autoComplete="current-password" required />
      </form>
    </Dialog>
  );
}
