import { Link } from 'wouter'
import type { Now } from '../../api.ts'
import { Icon, type IconName } from '../components/icons.tsx'
import { Untrusted } from '../components/untrusted.tsx'

const TONES: Record<Now['tone'], { icon: IconName; disc: string; card: string; word: string }> = {
  ok: { icon: 'completed', disc: 'bg-good-soft text-good', card: 'border-line', word: 'All is well' },
  idle: { icon: 'idle', disc: 'bg-off-soft text-off', card: 'border-line', word: 'Quiet' },
  warning: { icon: 'warning', disc: 'bg-wait-soft text-wait', card: 'border-wait-fill', word: 'Attention' },
  bad: { icon: 'failed', disc: 'bg-bad-soft text-bad', card: 'border-bad-fill', word: 'Failing' },
}

/** One sentence that says how it is, and below it what is wrong, the worst first, each with where to look. */
export function Verdict({ now }: { now: Now }) {
  const { icon, disc, card, word } = TONES[now.tone]
  // A list of one would only say the sentence again.
  const only = now.problems.length === 1 ? now.problems[0] : undefined
  return (
    <section aria-label="Verdict" className={`rounded-xl border bg-surface ${card}`}>
      <div className="flex flex-wrap items-center gap-3.5 px-4 py-4 sm:px-5">
        <span className={`grid size-10 shrink-0 place-items-center rounded-full ${disc}`}>
          <Icon name={icon} className="size-5.5" />
        </span>
        <div className="min-w-0 flex-1 basis-52">
          <p role="status" className="text-lg font-semibold tracking-tight wrap-anywhere">
            {!now.verdict.startsWith(word) && <span className="sr-only">{word}: </span>}
            <Untrusted>{now.verdict}</Untrusted>
          </p>
        </div>
        {only && (
          <Link href={only.href} className="page-link ml-auto">
            Look <Icon name="right" className="size-3.5" />
          </Link>
        )}
      </div>
      {now.problems.length > 1 && (
        <ul className="border-t border-line py-1.5">
          {now.problems.map(({ kind, text, href }) => (
            <li key={`${kind} ${text}`}>
              <Link
                href={href}
                className="flex items-center gap-2.5 px-4 py-1.5 text-sm outline-offset-[-2px] hover:bg-hover sm:px-5"
              >
                <span className="min-w-0 flex-1 wrap-anywhere">
                  <Untrusted>{text}</Untrusted>
                </span>
                <Icon name="right" className="size-3.5 text-faint" />
              </Link>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
