/**
 * Held by a job from when it is stored until it has ended, and until its time has passed. Meanwhile a job with the same
 * key is not stored, but called a duplicate, with the id of the one that holds it.
 */
export interface UniqueKey {
  /** 64 hexadecimal digits. */
  hash: string
  /** In ms, from when the job is stored. */
  forMs?: number | undefined
}
