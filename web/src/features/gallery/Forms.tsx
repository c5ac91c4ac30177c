import { useState } from 'react';

import { Checkbox } from '@ui/Checkbox';
import { CheckboxGroup, RadioGroup } from '@ui/Choices';
import { FileDrop } from '@ui/FileDrop';
import { PasswordField } from '@ui/PasswordField';
import { SaveState } from '@ui/SaveState';
import { SearchBox } from '@ui/SearchBox';
import { Segments } from '@ui/Segments';
import { Select } from '@ui/Select';
import { Switch } from '@ui/Switch';
import { TextArea } from '@ui/TextArea';
import { TextField } from '@ui/TextField';

import { Row, Shelf } from './Shelf';

const SETS = [
  { value: 'a', label: 'All vectors with x + y + z = 0' },
  { value: 'b', label: 'All vectors with x + y + z = 1', hint: 'A plane that misses the origin' },
  { value: 'c', label: 'All vectors with integer coordinates', disabled: true },
];
const nothing = (): void => undefined;

export function Forms() {
  const [one, setOne] = useState<string | null>('a');
  const [many, setMany] = useState(['a']);
  const [on, setOn] = useState(true);
  const [size, setSize] = useState<'small' | 'large'>('small');
  return (
    <>
      <Shelf title="Fields">
        <div className="grid">
          <TextField label="Name" hint="As others will see you." defaultValue="Noor Khalil" />
          <TextField label="E-mail" type="email" defaultValue="noor@" error="This is not an e-mail address." />
          <TextField label="Pronouns" optional placeholder="she, he, they" />
          <TextField label="Cannot be changed" disabled defaultValue="MATH-101" />
          <PasswordField label="Password" defaultValue="three quiet words" />
          <Select
            label="Language"
            defaultValue="ar"
            options={[
              { value: 'en', label: 'English' },
              { value: 'ar', label: 'العربية' },
            ]}
          />
          <TextArea label="About you" defaultValue="I like proofs that fit on a napkin." />
          <SearchBox label="Search courses" value="vectors" onSearch={nothing} />
        </div>
      </Shelf>
      <Shelf title="Choices">
        <div className="grid">
          <RadioGroup legend="Which of these sets is a subspace of ℝ³?" boxed choices={SETS} value={one} onChange={setOne} />
          <CheckboxGroup legend="Choose all that apply" choices={SETS} values={many} onChange={setMany} error="Choose at least two." />
          <div className="stack">
            <Checkbox label="Remember me on this device" hint="Not on a shared computer." defaultChecked />
            <Switch label="Wide text spacing" hint="More room between words and lines." checked={on} onChange={setOn} />
            <Segments
              legend="Size"
              value={size}
              segments={[
                { value: 'small', label: 'Small', icon: 'minus' },
                { value: 'large', label: 'Large', icon: 'plus' },
              ]}
              onChange={setSize}
            />
          </div>
        </div>
      </Shelf>
      <Shelf title="Files and saving">
        <FileDrop label="Drop a course package here" hint=".tar.gz, .zip" onFiles={nothing} />
        <Row>
          <SaveState state={{ kind: 'saving' }} />
          <SaveState state={{ kind: 'saved', at: Date.UTC(2026, 10, 21, 10, 42) }} />
          <SaveState state={{ kind: 'kept' }} />
          <SaveState state={{ kind: 'conflict', theirs: null }} onCompare={nothing} />
        </Row>
      </Shelf>
    </>
  );
}
