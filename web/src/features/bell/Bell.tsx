import './bell.css';

import { useEffect, useState } from 'react';
import { createPortal } from 'react-dom';
import { useDispatch } from 'react-redux';

import { noteUnread, useCountNotificationsQuery } from '@lib/api/notifications';
import { useT } from '@lib/i18n';
import { hearPersonal } from '@lib/live';
import { session } from '@lib/session';
import { useSignal } from '@lib/signal';
import { IconButton } from '@ui/IconButton';

import { News } from './News';

const POLL_MS = 180_000;
const MOST = 99;

type Told = { t?: string; organization_id?: string; unread?: number; revision?: number };

/** The bell in the bar: how much is new, told by the socket and asked for now and then where there is none. */
export default function Bell({ slot }: { slot: Element }) {
  const t = useT();
  const dispatch = useDispatch();
  const { organization } = useSignal(session);
  const [open, setOpen] = useState(false);
  const { data, isError, refetch } = useCountNotificationsQuery({}, { pollingInterval: POLL_MS, skipPollingIfUnfocused: true });
  useEffect(
    () =>
      hearPersonal({
        onData: (data) => {
          const told = (data ?? {}) as Told;
          if (told.t !== 'notifications' || (organization && told.organization_id !== organization)) return;
          noteUnread(dispatch, { unread: told.unread ?? 0, revision: told.revision ?? 0 });
        },
        onStand: (whole) => {
          if (!whole) void refetch();
        },
      }),
    [dispatch, organization, refetch],
  );
  const unread = data?.unread ?? 0;
  if (isError && !data) return null;
  return createPortal(
    <>
      <span className="bell">
        <IconButton icon="bell" label={t('bell.open', { unread })} aria-haspopup="dialog" onClick={() => setOpen(true)} />
        {unread > 0 && (
          <span className="bell-count nums" aria-hidden="true">
            {unread > MOST ? `${MOST}+` : unread}
          </span>
        )}
      </span>
      {open && <News onClose={() => setOpen(false)} />}
    </>,
    slot,
  );
}
