import { useState } from 'react';

import { useMyCoursesQuery } from '@lib/api/courses';
import { useGrantRoleMutation, useRemoveMemberMutation, useRevokeRoleMutation, type MemberView, type RoleView } from '@lib/api/organizations';
import { asProblem } from '@lib/asProblem';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { Avatar } from '@ui/Avatar';
import { Button } from '@ui/Button';
import { ConfirmDialog } from '@ui/ConfirmDialog';
import { Dialog } from '@ui/Dialog';
import { IconButton } from '@ui/IconButton';
import { ProblemBanner } from '@ui/ProblemBanner';
import { Select } from '@ui/Select';
import { toast } from '@ui/toast';

import { ROLES } from '../roles';

type Props = { organization: string; member: MemberView; onClose: () => void };

const IN_COURSE = ['author', 'instructor', 'assistant'];

/** One member: roles given and taken one by one; the last owner stays. */
export function MemberDialog({ organization, member, onClose }: Props) {
  const t = useT();
  const format = useFormats();
  const { data: courses } = useMyCoursesQuery({ may: 'teach', limit: 100 });
  const [role, setRole] = useState('');
  const [course, setCourse] = useState('');
  const [leaving, setLeaving] = useState(false);
  const [grant, granting] = useGrantRoleMutation();
  const [revoke, revoking] = useRevokeRoleMutation();
  const [remove, removing] = useRemoveMemberMutation();
  const name = member.display_name || member.email;
  const problem = asProblem(granting.error ?? revoking.error);
  const titleOf = (held: RoleView): string => {
    const label = t(`admin.role.${held.role}`);
    const where = held.scope === 'course' ? (courses?.items.find((each) => each.id === held.scope_id)?.title ?? t('admin.in-a-course')) : '';
    return where ? t('admin.role-in', { role: label, where }) : label;
  };
  const give = async (): Promise<void> => {
    revoking.reset();
    const answer = await grant({ organization, user: member.user_id, roleIn: course ? { role, scope: 'course', scope_id: course } : { role } });
    if (answer.error) return;
    toast(t('admin.granted', { role: t(`admin.role.${role}`), name }));
    setRole('');
    setCourse('');
  };
  const take = async (held: RoleView): Promise<void> => {
    granting.reset();
    const answer = await revoke({ organization, user: member.user_id, grant: held.grant_id });
    if (!answer.error) toast(t('admin.revoked', { role: titleOf(held), name }));
  };
  const confirm = async (): Promise<void> => {
    const answer = await remove({ organization, user: member.user_id });
    if (answer.error) return;
    toast(t('admin.removed', { name }));
    onClose();
  };
  return (
    <Dialog title={name} open width={560} onClose={onClose} foot={<Button onClick={() => setLeaving(true)}>{t('admin.remove')}</Button>}>
      <div className="stack">
        <div className="row">
          <Avatar name={name} size={48} />
          <div className="grow">
            <bdi>{member.email}</bdi>
            <p className="muted small">{t('admin.joined', { when: format.date(member.joined_at) })}</p>
          </div>
        </div>
        <ProblemBanner problem={problem} />
        <section aria-labelledby="held">
          <h3 id="held">{t('admin.col.roles')}</h3>
          <ul className="list">
            {member.roles.map((held) => (
              <li key={held.grant_id}>
                <span className="grow">
                  {titleOf(held)}
                  {held.until && <span className="muted small"> {t('admin.until', { when: format.date(held.until) })}</span>}
                </span>
                <IconButton icon="close" label={t('admin.revoke', { role: titleOf(held) })} tip={false} onClick={() => void take(held)} />
              </li>
            ))}
          </ul>
        </section>
        <div className="form">
          <Select
            label={t('admin.give')}
            placeholder={t('admin.choose-role')}
            hint={role ? t(`admin.role-hint.${role}`) : undefined}
            options={[...ROLES, 'assistant'].map((value) => ({ value, label: t(`admin.role.${value}`) }))}
            value={role}
            onChange={(event) => setRole(event.target.value)}
          />
          {IN_COURSE.includes(role) && (
            <Select
              label={t('admin.where')}
              {...(role === 'assistant' ? { placeholder: t('admin.choose-course') } : { placeholder: t('admin.everywhere') })}
              options={(courses?.items ?? []).map((each) => ({ value: each.id, label: each.title }))}
              value={course}
              onChange={(event) => setCourse(event.target.value)}
            />
          )}
          <div className="row">
            <Button kind="primary" icon="plus" busy={granting.isLoading} disabled={role === '' || (role === 'assistant' && course === '')} onClick={() => void give()}>
              {t('admin.give-it')}
            </Button>
          </div>
        </div>
      </div>
      <ConfirmDialog
        title={t('admin.remove-title', { name })}
        action={t('admin.remove')}
        danger
        busy={removing.isLoading}
        open={leaving}
        onConfirm={() => void confirm()}
        onClose={() => {
          removing.reset();
          setLeaving(false);
        }}
      >
        <ProblemBanner problem={asProblem(removing.error)} />
        <p>{t('admin.remove-line')}</p>
      </ConfirmDialog>
    </Dialog>
  );
}
