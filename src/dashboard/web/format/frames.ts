import type { Frame } from '../../api.ts'

export interface FrameGroup {
  own: boolean
  /** The place of its first frame in the stack. */
  from: number
  frames: Frame[]
}

/** Runs of own and of other frames. A stack without any own frame is one open group: it is all there is to see. */
export function groupFrames(frames: readonly Frame[]): FrameGroup[] {
  if (!frames.some(({ own }) => own)) return frames.length === 0 ? [] : [{ own: true, from: 0, frames: [...frames] }]
  const groups: FrameGroup[] = []
  for (const [index, frame] of frames.entries()) {
    const last = groups.at(-1)
    if (last?.own === frame.own) last.frames.push(frame)
    else groups.push({ own: frame.own, from: index, frames: [frame] })
  }
  return groups
}
