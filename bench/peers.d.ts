// The peers are installed when the benchmark runs, not before: checks must pass without them.
declare module 'plainjob'
declare module 'better-sqlite3'
declare module 'graphile-worker'
declare module 'pg-boss'
declare module 'bullmq'
declare module 'sidequest'
