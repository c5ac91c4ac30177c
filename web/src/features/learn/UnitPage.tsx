import { Link, useParams } from '@tanstack/react-router';
import { useCallback, useState } from 'react';

import { asProblem } from '@lib/asProblem';
import { useOutlineForQuery, useUnitForQuery } from '@lib/api/progress';
import { useT } from '@lib/i18n';
import { Breadcrumb } from '@ui/Breadcrumb';
import { Button } from '@ui/Button';
import { Dialog } from '@ui/Dialog';
import { Page } from '@ui/Page';
import { SkeletonLines } from '@ui/Skeleton';

import { Dock } from './player/Dock';
import { OutlinePanel } from './player/OutlinePanel';
import { placesOf, titleOf } from './player/outline';
import { UnitContent } from './player/UnitContent';
import { Refusal } from './Refusal';
import './learn.css';

/** The course player: the outline beside the unit; on phones the outline lies in a dialog. */
export default function UnitPage() {
  const t = useT();
  const { course = '', unit: id = '' } = useParams({ strict: false });
  const { data: outline } = useOutlineForQuery({ course });
  const { currentData: unit, error, refetch } = useUnitForQuery({ course, unit: id });
  const [outlineOpen, setOutlineOpen] = useState(false);
  const retry = useCallback(() => void refetch(), [refetch]);
  const nameOf = useCallback((node: string) => (outline ? titleOf(outline.sections, node) : undefined), [outline]);
  const places = outline ? placesOf(outline.sections) : [];
  const place = places.find((each) => each.unit.id === id);
  const courseTitle = unit?.course_title ?? outline?.title ?? t('learn.courseoverview.title');
  const problem = unit ? undefined : asProblem(error);
  return (
    <div className="player">
      <aside className="player-outline" aria-label={t('learn.outline.label')}>
        <OutlinePanel course={course} outline={outline} current={id} />
      </aside>
      <div className="player-main">
        <Page
          title={unit?.title ?? place?.unit.title ?? t('learn.unit.title')}
          tab={`${unit?.title ?? place?.unit.title ?? t('learn.unit.title')} · ${courseTitle}`}
          above={
            <Breadcrumb>
              {[
                <Link key="course" to="/learn/$course" params={{ course }} activeOptions={{ exact: true }}>
                  <bdi>{courseTitle}</bdi>
                </Link>,
                <bdi key="section">{unit?.section ?? place?.section.title ?? ''}</bdi>,
              ]}
            </Breadcrumb>
          }
          actions={
            <Button icon="menu" className="outline-open" aria-haspopup="dialog" onClick={() => setOutlineOpen(true)}>
              {t('learn.outline.open')}
            </Button>
          }
        >
          {!unit && !problem && <SkeletonLines lines={9} />}
          {problem && <Refusal problem={problem} course={course} onRetry={retry} nameOf={nameOf} />}
          {unit && <UnitContent key={unit.unit_id} unit={unit} course={course} />}
          <Dock course={course} unit={unit} places={places} current={id} />
        </Page>
      </div>
      <Dialog title={t('learn.outline.label')} open={outlineOpen} onClose={() => setOutlineOpen(false)} side="start">
        <OutlinePanel course={course} outline={outline} current={id} onGo={() => setOutlineOpen(false)} />
      </Dialog>
    </div>
  );
}
