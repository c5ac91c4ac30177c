import { useState } from 'react';

import { Avatar } from '@ui/Avatar';
import { Badge } from '@ui/Badge';
import { Banner } from '@ui/Banner';
import { Breadcrumb } from '@ui/Breadcrumb';
import { Card } from '@ui/Card';
import { CoursePicture } from '@ui/CoursePicture';
import { DataTable } from '@ui/DataTable';
import { Disclosure } from '@ui/Disclosure';
import { Icon } from '@ui/Icon';
import { ICONS } from '@ui/icons';
import { ProgressBar, ProgressRing } from '@ui/Progress';
import { Prose } from '@ui/Prose';
import { Stat } from '@ui/Stat';
import { Tabs } from '@ui/Tabs';

import { Row, Shelf } from './Shelf';

const TONES = ['neutral', 'info', 'success', 'warning', 'danger', 'live'] as const;
const ROWS = [
  { id: '1', name: 'Amara Quist', share: 0.92, points: 41 },
  { id: '2', name: 'Jonas Petersen', share: 0.38, points: 12.5 },
  { id: '3', name: 'نور خليل', share: 1, points: 45 },
];
const PROSE = `<h3>Two spaces meet</h3><p>The <strong>null space</strong> of <em>A</em> holds every <code>x</code> with
<math><mi>A</mi><mi>x</mi><mo>=</mo><mn>0</mn></math>. By the <a href="#main">rank theorem</a></p>
<math display="block"><mi>dim</mi><mi>N</mi><mo>(</mo><mi>A</mi><mo>)</mo><mo>=</mo><mi>n</mi><mo>−</mo><mi>r</mi></math>
<blockquote>What does not change the picture is invisible to it.</blockquote>
<ul><li>First the pivots.</li><li>Then what is free.</li></ul>
<pre tabindex="0"><code>basis = null_space(A)</code></pre>
<table><thead><tr><th>Matrix</th><th>Rank</th></tr></thead><tbody><tr><td>A</td><td>2</td></tr></tbody></table>`;

export function Content() {
  const [tab, setTab] = useState('transcript');
  return (
    <>
      <Shelf title="Words about things">
        <Breadcrumb>{[<a key="course" href="#main">Linear algebra</a>, 'Spaces']}</Breadcrumb>
        <Row>
          {TONES.map((tone) => (
            <Badge key={tone} tone={tone}>
              {tone}
            </Badge>
          ))}
          <Avatar name="Noor Khalil" />
          <Avatar name="نور" size={48} />
        </Row>
        <Banner>Your draft differs from what learners see.</Banner>
        <Banner tone="success">Published. 124 learners have it now.</Banner>
        <Banner tone="warning">Two blocks could not be converted.</Banner>
        <Banner tone="danger">The file could not be read. Nothing was changed.</Banner>
      </Shelf>
      <Shelf title="Progress">
        <ProgressBar label="Course" share={0.38} />
        <ProgressBar label="Done" share={1} />
        <ProgressBar label="Importing" share={null} />
        <Row>
          <ProgressRing label="Vectors" share={0} />
          <ProgressRing label="Systems" share={0.66} />
          <ProgressRing label="Spaces" share={1} size={64} />
        </Row>
        <dl className="grid">
          <Stat label="Learners" value="1,284" />
          <Stat label="Finished" value="38%" />
        </dl>
      </Shelf>
      <Shelf title="Cards, tabs, disclosures">
        <ul className="grid">
          {['01a', '4b7', '9e2'].map((seed) => (
            <Card key={seed} as="li">
              <CoursePicture url="" alt="" seed={`${seed}83f5d1c07`} />
              <h3>
                <a className="card-cover" href="#main">
                  Linear algebra, seen and done
                </a>
              </h3>
            </Card>
          ))}
        </ul>
        <Tabs
          label="Beside the lesson"
          value={tab}
          onChange={setTab}
          tabs={[
            { id: 'transcript', label: 'Transcript', panel: <p>Elimination does more than solve one system.</p> },
            { id: 'notes', label: 'My notes', panel: <p>Nothing noted yet.</p> },
          ]}
        />
        <div>
          <Disclosure summary="Vectors" open>
            <p>Six lessons.</p>
          </Disclosure>
          <Disclosure summary="Solving systems">
            <p>Six lessons.</p>
          </Disclosure>
        </div>
      </Shelf>
      <Shelf title="Prose and tables">
        <Prose html={PROSE} />
        <DataTable
          caption="Learners"
          rows={ROWS}
          keyOf={(row) => row.id}
          columns={[
            { id: 'name', head: 'Learner', rowHead: true, cell: (row) => <bdi>{row.name}</bdi> },
            { id: 'share', head: 'Progress', cell: (row) => <ProgressBar label={row.name} share={row.share} /> },
            { id: 'points', head: 'Points', number: true, cell: (row) => row.points },
          ]}
        />
      </Shelf>
      <Shelf title="Signs">
        <Row>
          {ICONS.map((name) => (
            <span key={name} title={name}>
              <Icon name={name} />
            </span>
          ))}
        </Row>
      </Shelf>
    </>
  );
}
