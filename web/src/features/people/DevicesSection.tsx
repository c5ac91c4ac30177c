import { useEndSessionMutation, useLogOutEverywhereMutation, useMySessionsQuery, type SessionView } from '@lib/api/identity';
import { asProblem } from '@lib/asProblem';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { leave } from '@lib/session';
import { Badge } from '@ui/Badge';
import { Button } from '@ui/Button';
import { ErrorState } from '@ui/ErrorState';
import { Icon } from '@ui/Icon';
import { SkeletonLines } from '@ui/Skeleton';

import { deviceName } from './deviceName';
import { Section } from './Section';

/** Where this account is signed in, and how to end that. */
export function DevicesSection() {
  const t = useT();
  const { data, error, isLoading, refetch } = useMySessionsQuery();
  const [everywhere, ending] = useLogOutEverywhereMutation();
  const leaveAll = async (): Promise<void> => {
    const answer = await everywhere({});
    if (!answer.error) leave();
  };
  return (
    <Section title={t('people.devices.title')}>
      {isLoading && <SkeletonLines lines={2} />}
      {!data && error && <ErrorState level={3} problem={asProblem(error)} onRetry={() => void refetch()} />}
      {data && (
        <ul className="list">
          {data.items.map((device) => (
            <Device key={device.session_id} device={device} />
          ))}
        </ul>
      )}
      <div>
        <Button busy={ending.isLoading} onClick={() => void leaveAll()}>
          {t('people.devices.everywhere')}
        </Button>
      </div>
    </Section>
  );
}

function Device({ device }: { device: SessionView }) {
  const t = useT();
  const format = useFormats();
  const [end, { isLoading }] = useEndSessionMutation();
  const name = deviceName(device.device) || t('people.devices.unknown');
  return (
    <li>
      <Icon name="device" />
      <div className="grow">
        <div className="row">
          {name} {device.is_current && <Badge tone="info">{t('people.devices.this')}</Badge>}
        </div>
        <div className="muted small">{t('people.devices.used', { when: format.dateTime(device.used_at) })}</div>
      </div>
      {!device.is_current && (
        <Button kind="quiet" busy={isLoading} aria-label={t('people.devices.end-named', { name })} onClick={() => void end({ session: device.session_id })}>
          {t('people.devices.end')}
        </Button>
      )}
    </li>
  );
}
