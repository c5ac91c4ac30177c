import { useId, useState, type FormEvent } from 'react';

import { useCreateOrganizationMutation } from '@lib/api/organizations';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { Button } from '@ui/Button';
import { Dialog } from '@ui/Dialog';
import { ProblemBanner } from '@ui/ProblemBanner';
import { TextField } from '@ui/TextField';
import { toast } from '@ui/toast';

/** Found an organization; whoever founds it owns it. */
export function FoundDialog({ onClose }: { onClose: () => void }) {
  const t = useT();
  const form = useId();
  const [name, setName] = useState('');
  const [slug, setSlug] = useState('');
  const [found, { isLoading, error }] = useCreateOrganizationMutation();
  const isFit = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(slug);
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const answer = await found({ newOrganization: { name: name.trim(), slug } });
    if (!answer.data) return;
    toast(t('admin.founded', { name: answer.data.name }));
    onClose();
  };
  return (
    <Dialog
      title={t('admin.found')}
      open
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button kind="primary" type="submit" form={form} busy={isLoading} disabled={name.trim() === '' || !isFit}>
            {t('admin.found-it')}
          </Button>
        </>
      }
    >
      <form id={form} className="form" onSubmit={(event) => void save(event)}>
        <ProblemBanner problem={asProblem(error)} />
        <TextField label={t('admin.org-name')} required maxLength={200} value={name} onChange={(event) => setName(event.target.value)} />
        <TextField label={t('admin.slug')} hint={t('admin.slug-hint')} required dir="ltr" maxLength={63} error={slug !== '' && !isFit ? t('admin.slug-wrong') : undefined} value={slug} onChange={(event) => setSlug(event.target.value.toLowerCase())} />
      </form>
    </Dialog>
  );
}
