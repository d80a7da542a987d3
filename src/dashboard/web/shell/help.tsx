import { Dialog, DialogBody } from '../components/dialog.tsx'
import { SHORTCUTS } from './keys.ts'

/** Every key that means something. */
export default function Help({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keyboard" description="Wherever nothing is typed into." onClose={onClose} wide>
      <DialogBody>
        <dl className="grid gap-x-8 gap-y-2 text-sm sm:grid-cols-2">
          {SHORTCUTS.map(({ keys, does }) => (
            <div key={keys} className="flex items-center justify-between gap-4">
              <dt className="text-muted">{does}</dt>
              <dd className="flex gap-1">
                {keys.split(' ').map((key) => (
                  <kbd key={key} className="key">
                    {key}
                  </kbd>
                ))}
              </dd>
            </div>
          ))}
        </dl>
      </DialogBody>
    </Dialog>
  )
}
