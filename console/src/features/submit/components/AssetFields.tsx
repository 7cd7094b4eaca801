import { SelectField } from '../../../components/SelectField.tsx';
import { TextField } from '../../../components/TextField.tsx';
import { type AssetField, type AssetForm, type AssetVerb, assetVerbs, fieldsOf } from '../asset-command.ts';
import type { Problems } from '../problems.ts';

export interface AssetFieldsProps {
  readonly form: AssetForm;
  readonly onChange: (form: AssetForm) => void;
  readonly problems: Problems;
  /** The protocol in force takes a memo beside an amount. */
  readonly takesMemo: boolean;
}

/** What happens to an asset, and the fields that this takes. */
export function AssetFields({ form, onChange, problems, takesMemo }: AssetFieldsProps) {
  return (
    <>
      <SelectField
        label="What happens"
        value={form.verb}
        options={assetVerbs.map((verb) => ({ value: verb, label: verbs[verb].label }))}
        hint={verbs[form.verb].hint}
        onChange={(verb) => onChange({ ...form, verb: verb as AssetVerb })}
      />
      {fieldsOf(form.verb, takesMemo).map((field) => (
        <TextField
          key={field}
          {...texts[field]}
          value={form[field]}
          onChange={(value) => onChange({ ...form, [field]: value })}
          problem={problems[field]}
        />
      ))}
    </>
  );
}

const verbs: { readonly [verb in AssetVerb]: { readonly label: string; readonly hint: string } } = {
  transfer: { label: 'Transfer', hint: 'From the signing identity to another one.' },
  issue: {
    label: 'Issue',
    hint: 'New units: by who defined the asset, or admins and operators of that member.',
  },
  burn: { label: 'Burn', hint: 'Units of the signing identity, which are gone for good.' },
  define: { label: 'Define', hint: 'A new asset, whose units its definer issues.' },
};

const texts: { readonly [field in AssetField]: { readonly label: string; readonly hint?: string } } = {
  asset: { label: 'Asset', hint: 'Its id, such as gold.' },
  to: { label: 'To', hint: 'Identity id of the receiver.' },
  amount: { label: 'Amount', hint: 'In the asset’s smallest unit.' },
  memo: {
    label: 'Memo',
    hint: 'What people shall read beside it, such as the number of an invoice; on the ledger for ever, for all readers. Empty for none.',
  },
  name: { label: 'Name', hint: 'What people call it. Empty for none.' },
  decimals: { label: 'Decimals', hint: 'How many digits of an amount people read behind the point.' },
};
