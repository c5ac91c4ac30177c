import { useId, useState, type FormEvent } from 'react';

import { useAddMemberMutation } from '@lib/api/organizations';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { Dialog } from '@ui/Dialog';
import { ProblemBanner } from '@ui/ProblemBanner';
import { Select } from '@ui/Select';
import { TextField } from '@ui/TextField';
import { toast } from '@ui/toast';

import { ROLES } from '../roles';

/** Make somebody a member by e-mail; whoever has no account gets a letter to claim one. */
export function AddDialog({ organization, onClose }: { organization: string; onClose: () => void }) {
  const t = useT();
  const form = useId();
  const [email, setEmail] = useState('');
  const [name, setName] = useState('');
  const [role, setRole] = useState('learner');
  const [add, { isLoading, error }] = useAddMemberMutation();
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const answer = await add({ organization, newMember: { email: email.trim(), display_name: name.trim(), role } });
    if (!answer.data) return;
    toast(t('admin.added', { name: name.trim() }));
    onClose();
  };
  return (
    <Dialog
      title={t('admin.add')}
      open
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button kind="primary" type="submit" form={form} busy={isLoading} disabled={!email.includes('@') || name.trim() === ''}>
            {t('admin.add-it')}
          </Button>
        </>
      }
    >
      <form id={form} className="form" onSubmit={(event) => void save(event)}>
        <ProblemBanner problem={asProblem(error)} />
        <TextField label={t('admin.col.email')} hint={t('admin.email-hint')} type="email" dir="ltr" required maxLength={254} value={email} onChange={(event) => setEmail(event.target.value)} />
        <TextField label={t('admin.col.name')} required maxLength={120} value={name} onChange={(event) => setName(event.target.value)} />
        <Select label={t('admin.role-label')} hint={t(`admin.role-hint.${role}`)} options={ROLES.map((value) => ({ value, label: t(`admin.role.${value}`) }))} value={role} onChange={(event) => setRole(event.target.value)} />
      </form>
    </Dialog>
  );
}
