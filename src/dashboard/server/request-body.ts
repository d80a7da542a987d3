import { Problem } from './problem.ts'

/**
 * The JSON of a request, read no further than allowed.
 * @throws Problem 400, 413, 415
 */
export async function readJson(request: Request, mostBytes: number): Promise<unknown> {
  // Nothing but this can be sent from another site's page without that site being asked for leave.
  if (!/^application\/json\s*(;|$)/i.test(request.headers.get('content-type') ?? '')) {
    throw new Problem(415, {
      code: 'INVALID',
      message: 'the body must be JSON, sent with content-type: application/json',
      field: 'content-type',
      reason: 'is not application/json',
    })
  }
  const text = await readText(request, mostBytes)
  try {
    return JSON.parse(text)
  } catch (error) {
    const reason = `is no JSON: ${error instanceof Error ? error.message.slice(0, 200) : 'it cannot be read'}`
    throw new Problem(400, { code: 'INVALID', message: `the body ${reason}`, field: 'body', reason })
  }
}

async function readText(request: Request, mostBytes: number): Promise<string> {
  if (Number(request.headers.get('content-length') ?? 0) > mostBytes) throw tooLarge(mostBytes)
  const { body } = request
  if (body === null) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    // Leaving the loop ends the stream, so that the rest is not even read.
    if (size > mostBytes) throw tooLarge(mostBytes)
    chunks.push(chunk)
  }
  return new TextDecoder().decode(Buffer.concat(chunks))
}

function tooLarge(mostBytes: number): Problem {
  const message = `the body is larger than ${mostBytes.toLocaleString('en-US')} bytes`
  return new Problem(413, { code: 'BODY_TOO_LARGE', message, field: 'body', reason: 'is too large' })
}
