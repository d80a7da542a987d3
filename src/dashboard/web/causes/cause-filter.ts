/** The failed jobs of a cause, as filter text. */
export function causeFilter(fingerprint: string): string {
  return `status:failed error:${fingerprint}`
}
