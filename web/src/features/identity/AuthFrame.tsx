import type { FormEvent, ReactNode } from 'react';

import type { Problem } from '@lib/problem';
import { Card } from '@ui/Card';
import { Page } from '@ui/Page';
import { ProblemBanner } from '@ui/ProblemBanner';

type Props = { title: string; lead?: ReactNode; problem?: Problem | undefined; onSubmit: (fields: FormData) => void; children: ReactNode; below?: ReactNode };

/** One short form on a card: what signing in, registering and resetting have in common. */
export function AuthFrame({ title, lead, problem, onSubmit, children, below }: Props) {
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    onSubmit(new FormData(event.currentTarget));
  };
  return (
    <Page title={title} lead={lead} width="narrow">
      <Card>
        <form className="form" onSubmit={submit}>
          <ProblemBanner problem={problem} />
          {children}
        </form>
      </Card>
      {below}
    </Page>
  );
}

/** A field of the form as a text. */
export const read = (fields: FormData, name: string): string => String(fields.get(name) ?? '');
