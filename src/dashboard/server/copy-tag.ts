/** What a copy's tag begins with; the id of what it is a copy of follows. */
export const COPY_TAG = 'copy-of:'
