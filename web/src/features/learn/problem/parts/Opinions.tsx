import { useFormats } from '@lib/format';
import { useT } from '@lib/i18n';
import { RadioGroup } from '@ui/Choices';
import { Prose } from '@ui/Prose';

import { addressOf, countsOf, withAddresses, type PartOf } from '../response';
import type { KindProps } from './kind';

type Part = PartOf<'poll'> | PartOf<'survey'> | PartOf<'word_cloud'>;
type Option = PartOf<'poll'>['options'][number];

/** Polls, surveys and word clouds: nothing is right or wrong, and after answering one sees the others' answers. */
export default function Opinions(props: KindProps<Part>) {
  const { part } = props;
  if (part.kind === 'poll') return <Poll {...props} part={part} />;
  if (part.kind === 'survey') return <Survey {...props} part={part} />;
  return <WordCloud {...props} part={part} />;
}

function OptionWords({ option, urls }: { option: Option; urls: Record<string, string> }) {
  return (
    <>
      {option.image && <img className="option-image" src={addressOf(option.image, urls)} alt={option.image_alt} />}
      <Prose inline html={withAddresses(option.html, urls)} />
    </>
  );
}

/** How an option was chosen so far: a bar and the figures in words. */
function Share({ counts, id }: { counts: Map<string, number>; id: string }) {
  const t = useT();
  const format = useFormats();
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (all === 0) return null;
  const count = counts.get(id) ?? 0;
  return (
    <span className="tally">
      <span className="tally-bar" aria-hidden="true" style={{ '--share': count / all } as React.CSSProperties} />
      <span className="small nums">{t('learn.tally.share', { share: new Intl.NumberFormat(t.locale, { style: 'percent' }).format(count / all), count: format.number(count) })}</span>
    </span>
  );
}

function Poll({ part, label, hasLabel, hint, value, onChange, disabled, urls, tallies }: KindProps<PartOf<'poll'>>) {
  const counts = countsOf(tallies ?? [], part.id);
  const choices = part.options.map((option) => ({
    value: option.id,
    label: (
      <>
        <OptionWords option={option} urls={urls} />
        {tallies && <Share counts={counts} id={option.id} />}
      </>
    ),
  }));
  return <RadioGroup legend={label} hideLegend={!hasLabel} hint={hint} choices={choices} boxed disabled={disabled} value={typeof value === 'string' ? value : null} onChange={onChange} />;
}

function Survey({ part, label, hasLabel, hint, value, onChange, disabled, urls, tallies }: KindProps<PartOf<'survey'>>) {
  const given: Record<string, string> = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  return (
    <fieldset className="survey">
      <legend className={hasLabel ? undefined : 'visually-hidden'}>{label}</legend>
      {hint && <p className="hint">{hint}</p>}
      {part.questions.map((question) => {
        const counts = countsOf(tallies ?? [], part.id, question.id);
        return (
          <RadioGroup
            key={question.id}
            legend={<OptionWords option={question} urls={urls} />}
            choices={part.options.map((option) => ({
              value: option.id,
              label: (
                <>
                  <OptionWords option={option} urls={urls} />
                  {tallies && <Share counts={counts} id={option.id} />}
                </>
              ),
            }))}
            boxed
            disabled={disabled}
            value={given[question.id] ?? null}
            onChange={(option) => onChange({ ...given, [question.id]: option })}
          />
        );
      })}
    </fieldset>
  );
}

function WordCloud({ part, label, hasLabel, hint, value, onChange, disabled, tallies }: KindProps<PartOf<'word_cloud'>>) {
  const t = useT();
  const format = useFormats();
  const words = Array.isArray(value) ? value : [];
  const counts = [...countsOf(tallies ?? [], part.id)];
  const most = Math.max(1, ...counts.map(([, count]) => count));
  return (
    <fieldset className="choices">
      <legend className={hasLabel ? undefined : 'visually-hidden'}>{label}</legend>
      {hint && <p className="hint">{hint}</p>}
      <div className="word-inputs">
        {Array.from({ length: part.inputs }, (_, index) => (
          <input
            key={index}
            className="input"
            dir="auto"
            maxLength={80}
            aria-label={t('learn.cloud.word', { number: index + 1 })}
            value={words[index] ?? ''}
            disabled={disabled}
            onChange={(event) => onChange(Array.from({ length: part.inputs }, (_, at) => (at === index ? event.target.value : (words[at] ?? ''))))}
          />
        ))}
      </div>
      {counts.length > 0 && (
        <ul className="word-cloud" aria-label={t('learn.cloud.label')}>
          {counts.slice(0, 80).map(([word, count]) => (
            <li key={word} style={{ '--weight': count / most } as React.CSSProperties}>
              <bdi>{word}</bdi> <span className="nums">{format.number(count)}</span>
            </li>
          ))}
        </ul>
      )}
    </fieldset>
  );
}
