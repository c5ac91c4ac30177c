import { useEffect, useState } from 'react';

import { exchange } from '@lib/api/base';
import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { DataTable } from '@ui/DataTable';
import { Segments } from '@ui/Segments';

import { minutesOf, type Minute, type Told } from './minutes';
import { useRoom, useRoomState } from '../room/useRoom';

const EVERY_MS = 30_000;
const [WIDTH, HEIGHT] = [640, 160];
const SERIES = ['comments', 'reactions', 'questions'] as const;

/** How the class went, minute by minute, by what the server counted: as a drawing or as a table. */
export function Engagement() {
  const t = useT();
  const format = useFormats();
  const room = useRoom();
  const { phase } = useRoomState();
  const [minutes, setMinutes] = useState<Minute[]>([]);
  const [view, setView] = useState<'graph' | 'table'>('graph');
  useEffect(() => {
    let gone = false;
    const look = (): void => {
      void exchange({ url: `/live/classes/${encodeURIComponent(room.classId)}/engagement` }).then((answer) => {
        if (!gone && 'data' in answer) setMinutes(minutesOf((answer.data as { items: Told[] }).items));
      });
    };
    look();
    const timer = phase === 'live' ? setInterval(look, EVERY_MS) : undefined;
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [room, phase]);
  return (
    <section className="card section host-card" aria-labelledby="engagement">
      <div className="row between">
        <h2 id="engagement">{t('live.graph')}</h2>
        <Segments
          legend={t('live.graph.view')}
          hideLegend
          value={view}
          onChange={setView}
          segments={[
            { value: 'graph', label: t('live.graph.drawing') },
            { value: 'table', label: t('live.graph.table') },
          ]}
        />
      </div>
      {minutes.length === 0 ? (
        <p className="muted">{t('live.graph.none')}</p>
      ) : view === 'graph' ? (
        <Drawing minutes={minutes} />
      ) : (
        <DataTable
          caption={t('live.graph')}
          rows={minutes}
          keyOf={({ at }) => at}
          columns={[
            { id: 'at', head: t('live.graph.minute'), rowHead: true, cell: ({ at }) => format.time(at) },
            ...SERIES.map((name) => ({ id: name, head: t(`live.graph.${name}`), number: true, cell: (minute: Minute) => format.number(minute[name]) })),
          ]}
        />
      )}
    </section>
  );
}

export function Drawing({ minutes }: { minutes: Minute[] }) {
  const t = useT();
  const format = useFormats();
  const step = WIDTH / Math.max(1, minutes.length - 1);
  return (
    <figure className="graph">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={t('live.graph.summary', { minutes: minutes.length, comments: minutes.reduce((sum, { comments }) => sum + comments, 0) })}>
        {SERIES.map((name) => {
          const top = Math.max(1, ...minutes.map((minute) => minute[name]));
          const points = minutes.map((minute, at) => `${(at * step).toFixed(1)},${(HEIGHT - 6 - (minute[name] / top) * (HEIGHT - 12)).toFixed(1)}`);
          return <polyline key={name} className={`graph-${name}`} points={points.length === 1 ? `${points[0]} ${WIDTH},${points[0]?.split(',')[1]}` : points.join(' ')} vectorEffect="non-scaling-stroke" />;
        })}
      </svg>
      <figcaption className="row small">
        {SERIES.map((name) => (
          <span key={name} className={`graph-key graph-key-${name}`}>
            {t(`live.graph.${name}`)} <span className="nums muted">{t('live.graph.most', { most: format.number(Math.max(...minutes.map((minute) => minute[name]))) })}</span>
          </span>
        ))}
      </figcaption>
    </figure>
  );
}
