import { useEffect, useId, useRef, useState } from 'react';

import { useT } from '@lib/i18n';
import { Icon } from '@ui/Icon';
import { IconButton } from '@ui/IconButton';

const IDLE_MS = 250;

type Props = { label: string; value: string; placeholder?: string; onSearch: (words: string) => void };

/** Words to look for; it searches when typing pauses, and at once on Enter. */
export function SearchBox({ label, value, placeholder, onSearch }: Props) {
  const t = useT();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [words, setWords] = useState(value);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    setWords(value);
  }
  useEffect(() => {
    if (words === value) return undefined;
    const timer = setTimeout(() => onSearch(words), IDLE_MS);
    return () => clearTimeout(timer);
  }, [words, value, onSearch]);
  const clear = (): void => {
    setWords('');
    onSearch('');
    input.current?.focus();
  };
  return (
    <form
      role="search"
      className="field"
      onSubmit={(event) => {
        event.preventDefault();
        onSearch(words);
      }}
    >
      <label className="visually-hidden" htmlFor={id}>
        {label}
      </label>
      <div className="input-wrap">
        <Icon name="search" />
        <input ref={input} id={id} type="search" className="input" value={words} placeholder={placeholder ?? label} onChange={(event) => setWords(event.target.value)} />
        {words !== '' && <IconButton icon="close" label={t('ui.clear')} tip={false} onClick={clear} />}
      </div>
    </form>
  );
}
