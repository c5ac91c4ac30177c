import { useNavigate } from '@tanstack/react-router';

import { exchange } from '@lib/api/base';
import { useT } from '@lib/i18n';
import { leave } from '@lib/session';
import { Avatar } from '@ui/Avatar';
import { Menu } from '@ui/Menu';

/** Profile, settings and the way out. */
export default function AccountMenu({ name, email }: { name: string; email: string }) {
  const t = useT();
  const navigate = useNavigate();
  const signOut = async (): Promise<void> => {
    await exchange({ url: '/identity/logout', method: 'POST' });
    leave();
    await navigate({ to: '/' });
  };
  return (
    <Menu
      defaultOpen
      label={t('shell.account', { name })}
      trigger={(props) => (
        <button type="button" className="account" {...props}>
          <Avatar name={name} />
          <span className="visually-hidden">{t('shell.account', { name })}</span>
        </button>
      )}
      head={
        <div className="menu-item">
          <Avatar name={name} />
          <div className="grow">
            <strong>{name}</strong>
            <div className="muted small">{email}</div>
          </div>
        </div>
      }
      items={[
        { id: 'profile', label: t('shell.profile'), icon: 'user', onPress: () => void navigate({ to: '/me/profile' }) },
        { id: 'calendar', label: t('shell.calendar'), icon: 'calendar', onPress: () => void navigate({ to: '/calendar', search: {} }) },
        { id: 'settings', label: t('shell.settings'), icon: 'settings', onPress: () => void navigate({ to: '/me/settings' }) },
        { id: 'explore', label: t('shell.explore'), icon: 'compass', onPress: () => void navigate({ to: '/catalog', search: {} }) },
        { kind: 'rule', id: 'rule' },
        { id: 'out', label: t('shell.sign-out'), icon: 'log-out', onPress: () => void signOut() },
      ]}
    />
  );
}
