import { PERMISSIONS } from '../../server/auth/permissions.ts'
import { useMe } from '../access.ts'
import { Check } from '../components/fields.tsx'

export interface PermissionChecksProps {
  legend: string
  chosen: readonly string[]
  onChange: (chosen: string[]) => void
  /** Shown as they are, not to be changed here. */
  fixed?: boolean
}

/** Every permission that one has and can give, and those that are given already. */
export function PermissionChecks({ legend, chosen, onChange, fixed = false }: PermissionChecksProps) {
  const me = useMe()
  const offered = Object.entries(PERMISSIONS).filter(
    ([permission]) => me?.permissions.includes(permission) || chosen.includes(permission),
  )
  return (
    <fieldset>
      <legend className="mb-2 text-sm font-medium">{legend}</legend>
      <div className="grid grid-cols-[repeat(auto-fill,minmax(14rem,1fr))] gap-x-6 gap-y-2">
        {offered.map(([permission, { text }]) => (
          <Check
            key={permission}
            label={<span className="font-mono text-xs">{permission}</span>}
            hint={text}
            disabled={fixed}
            checked={chosen.includes(permission)}
            onChange={(on) => onChange(on ? [...chosen, permission] : chosen.filter((each) => each !== permission))}
          />
        ))}
      </div>
    </fieldset>
  )
}
