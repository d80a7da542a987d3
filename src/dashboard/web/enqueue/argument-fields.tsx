import { useState } from 'react'
import type { HandlerRow } from '../../api.ts'
import { Button } from '../components/button.tsx'
import { FIELD, Field, type FieldAttributes, Select, TextField } from '../components/fields.tsx'
import { Segmented } from '../components/segmented.tsx'
import { argumentsFrom, type FormField, fieldsOf, parseArguments, type Read, typedFrom } from './schema-fields.ts'

/** The arguments as they are typed: into fields, where the handler's schema says which, or as JSON. */
export interface Given {
  fields: readonly FormField[] | undefined
  typed: Readonly<Record<string, string>>
  json: string
  asJson: boolean
  sealed: readonly string[]
  sealedText: string
  errors: Record<string, string>
  change: (path: string, text: string) => void
  changeJson: (text: string) => void
  changeSealedText: (text: string) => void
  seal: (path: string, on: boolean) => void
  showAs: (how: 'fields' | 'json') => void
  /** The arguments, or undefined when something does not fit: it is shown then. */
  read: () => { args: unknown[] | undefined; secrets: string[] }
}

export function useArguments(handler: HandlerRow, args: readonly unknown[] | undefined): Given {
  const fields = fieldsOf(handler.schema)
  const key = `${handler.class}.${handler.method}`
  const [state, setState] = useState(() => ({ key, ...initial(fields, args) }))
  const [errors, setErrors] = useState<Record<string, string>>({})
  // Another handler has other arguments.
  const current = state.key === key ? state : { key, ...initial(fields, undefined) }
  const update = (change: Partial<typeof state>) => setState({ ...current, ...change })
  const { typed, json, asJson, sealed, sealedText } = current
  const now = (): Read => (asJson || !fields ? parseArguments(json) : argumentsFrom(fields, typed))

  return {
    ...{ fields, typed, json, asJson: asJson || !fields, sealed, sealedText, errors },
    change: (path, text) => update({ typed: { ...typed, [path]: text } }),
    changeJson: (text) => update({ json: text }),
    changeSealedText: (text) => update({ sealedText: text }),
    seal: (path, on) => update({ sealed: on ? [...sealed, path] : sealed.filter((each) => each !== path) }),
    showAs(how) {
      const { args: read } = now()
      setErrors({})
      if (how === 'json') return update({ asJson: true, ...(read && { json: JSON.stringify(read, undefined, 2) }) })
      update({ asJson: false, ...(fields && read && { typed: typedFrom(fields, read) ?? typed }) })
    },
    read() {
      const { args: read, errors: found } = now()
      setErrors(found)
      const paths = asJson || !fields ? sealedText.split(',') : sealed
      return { args: read, secrets: paths.map((path) => path.trim()).filter((path) => path !== '') }
    },
  }
}

function initial(fields: readonly FormField[] | undefined, args: readonly unknown[] | undefined) {
  const typed = fields && args ? typedFrom(fields, args) : {}
  return {
    typed: typed ?? {},
    json: JSON.stringify(args ?? [], undefined, 2),
    // Arguments that the form could not show in full are shown as they are.
    asJson: typed === undefined,
    sealed: [] as readonly string[],
    sealedText: '',
  }
}

export interface ArgumentFieldsProps {
  given: Given
  /** What the server says is wrong with the argument at that path. */
  wrong: (path: string) => string | undefined
}

export function ArgumentFields({ given, wrong }: ArgumentFieldsProps) {
  const { fields, asJson } = given
  return (
    <fieldset className="rounded-lg border border-line p-4">
      <legend className="px-1 text-sm font-semibold">Arguments</legend>
      {fields && fields.length > 0 && (
        <div className="-mt-2 mb-3 flex justify-end">
          <Segmented
            label="Write the arguments as"
            value={asJson ? 'json' : 'fields'}
            onChange={given.showAs}
            choices={[
              { value: 'fields', name: 'Fields' },
              { value: 'json', name: 'JSON' },
            ]}
          />
        </div>
      )}
      {asJson ? (
        <AsJson given={given} wrong={wrong('')} />
      ) : fields?.length === 0 ? (
        <p className="text-sm text-muted">It takes no arguments.</p>
      ) : (
        <div className="grid gap-4 sm:grid-cols-2">
          {fields?.map((field) => (
            <ArgumentField key={field.path} field={field} given={given} error={wrong(field.path)} />
          ))}
        </div>
      )}
    </fieldset>
  )
}

function AsJson({ given, wrong }: { given: Given; wrong: string | undefined }) {
  return (
    <div className="space-y-4">
      <Field
        label="Arguments as JSON"
        hint={'The list of the arguments, such as ["ada@example.com", { "plan": "free" }]'}
        error={given.errors[''] ?? wrong}
      >
        {(attributes) => (
          <textarea
            {...attributes}
            rows={6}
            spellCheck={false}
            value={given.json}
            onChange={(event) => given.changeJson(event.target.value)}
            className={`${FIELD} w-full py-2 font-mono text-xs`}
          />
        )}
      </Field>
      <TextField
        label="Secrets"
        optional
        value={given.sealedText}
        onChange={given.changeSealedText}
        placeholder="0.token, 1.password"
        hint="Where in the arguments they are: sealed before they are stored, opened only in the job"
      />
    </div>
  )
}

interface ArgumentFieldProps {
  field: FormField
  given: Given
  error: string | undefined
}

function ArgumentField({ field, given, error }: ArgumentFieldProps) {
  const { path, label, required, hint, kind } = field
  const sealed = given.sealed.includes(path)
  return (
    <div className={kind === 'json' ? 'sm:col-span-2' : ''}>
      <Field label={label} optional={!required} hint={hint} error={given.errors[path] ?? error}>
        {(attributes) => (
          <div className="flex gap-1.5">
            <Input field={field} given={given} attributes={attributes} sealed={sealed} />
            {(kind === 'text' || kind === 'json') && (
              <Button
                icon="lock"
                label={sealed ? `${label} is a secret` : `Seal ${label} as a secret`}
                pressed={sealed}
                look={sealed ? 'primary' : 'plain'}
                onClick={() => given.seal(path, !sealed)}
              />
            )}
          </div>
        )}
      </Field>
    </div>
  )
}

interface InputProps {
  field: FormField
  given: Given
  attributes: FieldAttributes
  sealed: boolean
}

function Input({ field: { path, kind, choices, required }, given, attributes, sealed }: InputProps) {
  const value = given.typed[path] ?? ''
  const change = (text: string) => given.change(path, text)
  if (kind === 'boolean' || kind === 'choice') {
    const values =
      kind === 'boolean'
        ? ['true', 'false'].map((each) => ({ value: each, name: each }))
        : choices.map((choice, index) => ({ value: String(index), name: choiceText(choice) }))
    const none = required && kind === 'boolean' ? [] : [{ value: '', name: required ? 'choose…' : 'none' }]
    const shown = kind === 'boolean' && required && value === '' ? 'false' : value
    return <Select {...attributes} value={shown} onChange={change} choices={[...none, ...values]} />
  }
  if (kind === 'json') {
    return (
      <textarea
        {...attributes}
        rows={3}
        spellCheck={false}
        value={value}
        placeholder="JSON"
        onChange={(event) => change(event.target.value)}
        className={`${FIELD} w-full py-1.5 font-mono text-xs`}
      />
    )
  }
  return (
    <input
      {...attributes}
      type={sealed ? 'password' : 'text'}
      inputMode={kind === 'text' ? 'text' : 'decimal'}
      autoComplete="off"
      spellCheck={false}
      value={value}
      onChange={(event) => change(event.target.value)}
      className={`${FIELD} h-8 w-full text-sm`}
    />
  )
}

function choiceText(choice: unknown): string {
  return typeof choice === 'string' ? choice : JSON.stringify(choice)
}
