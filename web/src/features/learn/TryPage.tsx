import { Link, useParams, useSearch } from '@tanstack/react-router';

import { useTryUnitQuery } from '@lib/api/catalog';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import { Banner } from '@ui/Banner';
import { Breadcrumb } from '@ui/Breadcrumb';
import { ErrorState } from '@ui/ErrorState';
import { Page } from '@ui/Page';
import { SkeletonLines } from '@ui/Skeleton';

import { Block } from './blocks/Block';
import { onTrial } from './onTrial';
import './learn.css';

/** A lesson before signing up: it reads like the player and keeps nothing. */
export default function TryPage() {
  const t = useT();
  const { unit } = useParams({ from: '/try/$unit' });
  const { course = '' } = useSearch({ from: '/try/$unit' });
  const { currentData, error, refetch } = useTryUnitQuery({ course, unit });
  if (!currentData) {
    return (
      <Page title={t('learn.try.title')} width="text">
        {error ? <ErrorState problem={asProblem(error)} onRetry={() => void refetch()} /> : <SkeletonLines lines={8} />}
      </Page>
    );
  }
  return (
    <Page
      title={currentData.title}
      width="text"
      above={
        <Breadcrumb>
          {[
            <Link key="course" to="/c/$course" params={{ course }}>
              {t('learn.try.to-course')}
            </Link>,
          ]}
        </Breadcrumb>
      }
    >
      <Banner
        action={
          <Link className="btn btn-secondary" to="/register" search={{ next: `/c/${course}` }}>
            {t('learn.try.keep')}
          </Link>
        }
      >
        {t('learn.try.banner')}
      </Banner>
      <div className="unit">
        {currentData.blocks.map(({ block, problem }) => (
          <Block key={block.id} block={onTrial(block, problem)} where={{ course, unit, isTrial: true }} />
        ))}
      </div>
    </Page>
  );
}
