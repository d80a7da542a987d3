import { useId } from 'react'
import { Untrusted } from './untrusted.tsx'

/** What is typed into looks like this; its size is its place's. */
export const FIELD =
  'min-w-0 rounded-md border border-line-field bg-surface px-2.5 text-ink aria-[invalid=true]:border-bad'

export interface FieldProps {
  label: string
  /** What to type, and what happens without. */
  hint?: React.ReactNode
  /** What is wrong with it. */
  error?: string | undefined
  optional?: boolean
  children: (attributes: FieldAttributes) => React.ReactNode
}

export interface FieldAttributes {
  id: string
  'aria-invalid': boolean | undefined
  'aria-describedby': string | undefined
}

/** A label, what is typed into, a hint and what is wrong, tied together. */
export function Field({ label, hint, error, optional = false, children }: FieldProps) {
  const id = useId()
  const about = `${id}-about`
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1 block text-sm font-medium">
        {label} {optional && <span className="font-normal text-faint">optional</span>}
      </label>
      {children({
        id,
        'aria-invalid': error === undefined ? undefined : true,
        'aria-describedby': error === undefined && !hint ? undefined : about,
      })}
      {(error !== undefined || hint) && (
        <p id={about} className={`mt-1 text-xs wrap-anywhere ${error === undefined ? 'text-muted' : 'text-bad'}`}>
          {error === undefined ? hint : <Untrusted>{error}</Untrusted>}
        </p>
      )}
    </div>
  )
}

export interface TextFieldProps {
  label: string
  value: string
  onChange: (value: string) => void
  hint?: React.ReactNode
  error?: string | undefined
  optional?: boolean
  type?: 'text' | 'password' | 'email' | 'number' | 'datetime-local'
  placeholder?: string
  autoComplete?: string
  required?: boolean
  list?: readonly string[]
  autoFocus?: boolean
}

export function TextField(props: TextFieldProps) {
  const { label, hint, error, optional, value, onChange, type = 'text', list, ...rest } = props
  const listId = useId()
  return (
    <Field label={label} hint={hint} error={error} {...(optional === undefined ? {} : { optional })}>
      {(attributes) => (
        <>
          <input
            {...rest}
            {...attributes}
            type={type}
            value={value}
            list={list && listId}
            spellCheck={false}
            onChange={(event) => onChange(event.target.value)}
            className={`${FIELD} h-8 w-full text-sm`}
          />
          {list && (
            <datalist id={listId}>
              {list.map((each) => (
                <option key={each} value={each} />
              ))}
            </datalist>
          )}
        </>
      )}
    </Field>
  )
}

export interface SelectFieldProps {
  label: string
  value: string
  onChange: (value: string) => void
  choices: readonly { value: string; name: string }[]
  hint?: React.ReactNode
  error?: string | undefined
  optional?: boolean
}

export function SelectField({ label, hint, error, optional, ...select }: SelectFieldProps) {
  return (
    <Field label={label} hint={hint} error={error} {...(optional === undefined ? {} : { optional })}>
      {(attributes) => <Select {...attributes} {...select} />}
    </Field>
  )
}

export interface SelectProps {
  value: string
  onChange: (value: string) => void
  choices: readonly { value: string; name: string }[]
  'aria-label'?: string
  /** As wide as its text, for the head of a card. */
  small?: boolean
}

/** The system's own list: every phone and screen reader knows it. */
export function Select({ value, onChange, choices, small = false, ...rest }: SelectProps & Partial<FieldAttributes>) {
  return (
    <select
      {...rest}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className={`select ${FIELD} pr-7! ${small ? 'h-7 text-xs' : 'h-8 w-full text-sm'}`}
    >
      {choices.map((choice) => (
        <option key={choice.value} value={choice.value}>
          {choice.name}
        </option>
      ))}
    </select>
  )
}

export interface CheckProps {
  label: React.ReactNode
  checked: boolean
  onChange: (checked: boolean) => void
  hint?: React.ReactNode
  disabled?: boolean
}

export function Check({ label, checked, onChange, hint, disabled = false }: CheckProps) {
  const id = useId()
  return (
    <div className="flex items-start gap-2.5">
      <input
        id={id}
        type="checkbox"
        className="check mt-0.5"
        checked={checked}
        disabled={disabled}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => onChange(event.target.checked)}
      />
      <div>
        <label htmlFor={id} className="text-sm">
          {label}
        </label>
        {hint && (
          <p id={`${id}-hint`} className="text-xs text-muted">
            {hint}
          </p>
        )}
      </div>
    </div>
  )
}
