import { Link } from '@tanstack/react-router';

import { useDraftOutlineQuery, type Finding } from '@lib/api/courses';
import { useT } from '@lib/i18n';
import { Badge } from '@ui/Badge';
import { Banner } from '@ui/Banner';
import { Card } from '@ui/Card';
import { Disclosure } from '@ui/Disclosure';

import { find, pathTo } from '../tree';

const SHOWN = 50;

/** What the check found: errors first, they stop publishing; each leads to its part. */
export function Findings({ course, findings }: { course: string; findings: Finding[] }) {
  const t = useT();
  const errors = findings.filter((finding) => finding.severity === 'error');
  const warnings = findings.filter((finding) => finding.severity === 'warning');
  return (
    <Card as="section" className="stack">
      <h2>{t('author.check.title')}</h2>
      {findings.length === 0 && <Banner tone="success">{t('author.check.fine')}</Banner>}
      {errors.length > 0 && (
        <Disclosure open summary={t('author.check.errors', { count: errors.length })}>
          <List course={course} findings={errors} />
        </Disclosure>
      )}
      {warnings.length > 0 && (
        <Disclosure open={errors.length === 0 && warnings.length <= 10} summary={t('author.check.warnings', { count: warnings.length })}>
          <List course={course} findings={warnings} />
        </Disclosure>
      )}
    </Card>
  );
}

function List({ course, findings }: { course: string; findings: Finding[] }) {
  const t = useT();
  const { data } = useDraftOutlineQuery({ course });
  return (
    <>
      <ul className="list findings">
        {findings.slice(0, SHOWN).map((finding, index) => {
          const unit = pathTo(data?.sections ?? [], finding.node ?? '').find((node) => node.kind === 'unit');
          const words = t.has(`author.finding.${finding.code}`) ? t(`author.finding.${finding.code}`) : finding.detail;
          const node = finding.node === null ? undefined : find(data?.sections ?? [], finding.node)?.node;
          const kind = node && t(`author.untitled.${node.kind === 'block' ? (node.block_kind ?? 'html') : node.kind}`);
          const title = <bdi>{finding.title || kind || t(finding.node === null ? 'author.the-course' : 'author.check.a-part')}</bdi>;
          return (
            <li key={`${finding.code}-${finding.node}-${index}`}>
              <Badge tone={finding.severity === 'error' ? 'danger' : 'warning'}>{t(`author.severity.${finding.severity}`)}</Badge>
              <div className="grow">
                {finding.node === null ? (
                  <strong>{title}</strong>
                ) : unit ? (
                  <Link to="/author/$course/unit/$unit" params={{ course, unit: unit.id }} search={{ node: finding.node === unit.id ? undefined : finding.node }}>
                    {title}
                  </Link>
                ) : (
                  <Link to="/author/$course/outline" params={{ course }} search={{ node: finding.node }}>
                    {title}
                  </Link>
                )}
                {unit && unit.id !== finding.node && <span className="small muted"> {t('author.check.in', { unit: unit.title || t('author.untitled.unit') })}</span>}
                <p className="small muted">{words}</p>
                {words !== finding.detail && finding.code.includes('link') && <p className="small path">{finding.detail}</p>}
              </div>
            </li>
          );
        })}
      </ul>
      {findings.length > SHOWN && <p className="muted small">{t('author.check.more', { count: findings.length - SHOWN })}</p>}
    </>
  );
}
