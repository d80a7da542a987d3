import { useState } from 'react'
import { Icon } from './icons.tsx'
import { toast } from './toasts.tsx'

/** Copies a text. Without the clipboard (plain HTTP to another machine has none), says so. */
export async function copyText(text: string, what: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    toast({ tone: 'wait', text: `The browser does not allow copying here. ${what}: ${text}` })
    return false
  }
}

export interface CopyProps {
  text: string
  /** What it is, as in "Copy the id". */
  label: string
  className?: string
}

export function CopyButton({ text, label, className = '' }: CopyProps) {
  const [copied, setCopied] = useState(false)
  return (
    <button
      type="button"
      aria-label={copied ? 'Copied' : label}
      title={label}
      onClick={async () => {
        if (!(await copyText(text, label))) return
        setCopied(true)
        setTimeout(() => setCopied(false), 1500)
      }}
      className={`inline-grid size-6 place-items-center rounded text-faint hover:bg-hover hover:text-ink ${className}`}
    >
      <Icon name={copied ? 'ok' : 'copy'} className="size-3.5" />
    </button>
  )
}

/** A command as it is typed, to copy. */
export function CliLine({ command }: { command: string }) {
  return (
    <span className="inline-flex max-w-full items-center gap-1 rounded-md border border-line bg-sunken py-0.5 pr-0.5 pl-2.5 text-left">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <code tabIndex={0} className="overflow-x-auto py-1 font-mono text-xs whitespace-nowrap">
        {command}
      </code>
      <CopyButton text={command} label="Copy the command" />
    </span>
  )
}
