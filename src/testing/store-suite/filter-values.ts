import assert from 'node:assert/strict'
import type { JobFilter } from '../../core/filter.ts'
import type { Cases } from './fixture.ts'
import { listAll, newJob, newLease } from './jobs.ts'

export const filterValues: Cases = {
  async 'arguments are compared by what they say, and are found in any place'({ store }) {
    const values = [42, '42', true, 'true', null, 'null', 1.5, 'ü🧨"\\%_', 'a\u0000b', '', -1, 1e21, 'line\nbreak']
    const batch = values.map((value) =>
      newJob({ args: JSON.stringify([0, { deep: { value }, list: [value], 'a.b': value }]) }),
    )
    await store.enqueue(batch)
    for (const value of new Set(values.map(String))) {
      const expected = batch.filter((_, index) => String(values[index]) === value).map(({ id }) => id)
      for (const path of ['deep.value', '1.deep.value', 'list.0', 'a.b', '1.a.b']) {
        const found = await listAll(store, { args: [{ path, value }] }, 10)
        assert.deepEqual(found.toSorted(), expected, `${path} ${JSON.stringify(value)}`)
        assert.equal(await store.count({ status: 'pending', args: [{ path, value }] }), expected.length)
      }
    }
    assert.equal(await store.count({ args: [{ path: '', value: '0' }] }), batch.length)
    const both = [
      { path: 'deep.value', value: '42' },
      { path: '0', value: '0' },
    ]
    assert.equal(await store.count({ args: both }), 2)
    for (const path of ['deep', 'list', '0.deep.value', '9', 'deep.value.length', '__proto__', 'constructor.name']) {
      assert.equal(await store.count({ args: [{ path, value: 'Object' }] }), 0, path)
    }
  },

  async 'nothing of a secret is found'({ store }) {
    await store.enqueue([newJob({ args: '[{"token":{"$secret":"v1.key.iv.body"},"user":"ada"}]' })])
    for (const path of ['token', 'token.$secret', '0.token.$secret', '$secret', '']) {
      for (const value of ['v1.key.iv.body', 'v1', 'body']) {
        assert.equal(await store.count({ args: [{ path, value }] }), 0, `${path} ${value}`)
      }
    }
    assert.equal(await store.count({ args: [{ path: 'user', value: 'ada' }] }), 1)
  },

  async 'hostile values mean what they say, and nothing more'({ store }) {
    const hostile = [
      "'",
      '"',
      '%',
      '_',
      '\\',
      "'; drop table job; --",
      '🧨',
      'a"b\\c',
      '{job}',
      '?',
      '$1',
      'x'.repeat(100),
    ]
    const batch = hostile.map((text) => newJob({ queue: text, tags: [text], args: JSON.stringify([{ text }]) }))
    await store.enqueue(batch)
    await newLease(store, { id: hostile[5] as string })
    for (const [index, text] of hostile.entries()) {
      const [job] = batch.slice(index)
      for (const filter of [{ queue: text }, { tag: text }, { args: [{ path: 'text', value: text }] }]) {
        assert.deepEqual(await listAll(store, filter, 5), [job?.id], JSON.stringify(filter))
        assert.equal(await store.count({ ...filter, status: 'pending' }), 1)
        assert.equal(await store.count({ ...filter, status: ['completed', 'failed'] }), 0)
      }
    }
    for (const text of [...hostile, '\0', 'a\0', '\ud800', 'x'.repeat(100_000), ' ', "' ", '']) {
      const filters: JobFilter[] = [
        { class: text },
        { method: text },
        { worker: text },
        { error: text },
        { idPrefix: `${text}!` },
        { ids: [text] },
        { queue: `${text}\0` },
        { queue: `${text} ` },
        { tag: `${text}\0` },
        { args: [{ path: text, value: text }] },
        { args: [{ path: `${text}.`.repeat(50), value: text }] },
      ]
      for (const filter of filters) {
        const said = JSON.stringify(filter).slice(0, 100)
        assert.equal((await store.list({ ...filter, limit: 5 })).jobs.length, 0, said)
        assert.equal(await store.count({ ...filter, status: 'failed' }), 0, said)
      }
    }
    assert.equal(await store.count({}), hostile.length)
  },
}
