import type { Command } from 'commander'

/** What to type, by command: shown under its help. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  offstage: [
    'offstage init                                  # a config and a sample job',
    'offstage start                                 # work, and watch',
    `offstage run SampleJob process '["hello"]'     # in another terminal`,
    'offstage jobs list status:failed',
    'offstage doctor                                # what is wrong, and what to do',
  ],
  'offstage init': ['npx offstage init', 'npx offstage init --json'],
  'offstage start': [
    'offstage start',
    'offstage start --queue high,medium,low --concurrency 4',
    'offstage start --json | jq .event',
    'offstage start --port 9000 --host 0.0.0.0',
  ],
  'offstage dashboard': [
    'offstage dashboard --port 9000',
    'offstage dashboard --database sqlite:offstage.db --read-only',
  ],
  'offstage work': ['offstage work --id worker-1', 'offstage work --drain     # all that is due, then end: for cron'],
  'offstage run': [
    `offstage run SampleJob process '[{"data":"example"}]' --retries 3 --delay 10`,
    'offstage run SampleJob process "param1,param2" --priority high',
    `offstage run SampleJob process '["hello"]' --wait`,
  ],
  'offstage jobs': [
    'offstage jobs list status:failed',
    'offstage jobs show 01a201b5      # the beginning of an id is enough',
  ],
  'offstage jobs list': [
    'offstage jobs list status:failed,cancelled since:1h --limit 50',
    'offstage jobs list --class SampleJob --json | jq .jobs[].id',
  ],
  'offstage jobs count': ['offstage jobs count status:failed since:24h', 'offstage jobs count args.user.id:42'],
  'offstage jobs show': ['offstage jobs show 01a201b5', 'offstage jobs show 01a201b5 --json | jq .error'],
  'offstage jobs logs': ['offstage jobs logs 01a201b5 --follow', 'offstage jobs logs 01a201b5 --attempt 2'],
  'offstage jobs cancel': ['offstage jobs cancel 01a201b5', 'offstage jobs cancel queue:mail'],
  'offstage jobs retry': [
    'offstage jobs retry 01a201b5 01a201b6',
    'offstage jobs retry status:failed class:SampleJob --yes',
  ],
  'offstage jobs run-now': ['offstage jobs run-now 01a201b5', 'offstage jobs run-now tag:nightly'],
  'offstage jobs delete': ['offstage jobs delete 01a201b5', 'offstage jobs delete status:cancelled until:30d --yes'],
  'offstage jobs clear': ['offstage jobs clear', 'offstage jobs clear --yes'],
  'offstage queues': ['offstage queues list', 'offstage queues pause mail'],
  'offstage queues list': ['offstage queues list', 'offstage queues list --json'],
  'offstage queues pause': ['offstage queues pause mail'],
  'offstage queues resume': ['offstage queues resume mail'],
  'offstage schedules': ['offstage schedules list', 'offstage schedules run nightly --wait'],
  'offstage schedules list': ['offstage schedules list', 'offstage schedules list --json | jq .[].nextAt'],
  'offstage schedules show': ['offstage schedules show nightly', 'offstage schedules show nightly --json | jq .slots'],
  'offstage schedules run': ['offstage schedules run nightly', 'offstage schedules run nightly --wait'],
  'offstage schedules pause': ['offstage schedules pause nightly --reason "the printer is broken"'],
  'offstage schedules resume': ['offstage schedules resume nightly'],
  'offstage schedules remove': ['offstage schedules remove nightly', 'offstage schedules remove nightly --yes'],
  'offstage workers': ['offstage workers list', 'offstage workers stop worker-1'],
  'offstage workers list': ['offstage workers list', 'offstage workers list --json'],
  'offstage workers quiet': ['offstage workers quiet worker-1'],
  'offstage workers resume': ['offstage workers resume worker-1'],
  'offstage workers stop': ['offstage workers stop worker-1'],
  'offstage stats': ['offstage stats', 'offstage stats --watch', 'offstage stats --json | jq .jobs.pending'],
  'offstage users': ['offstage users list', 'offstage users add ada@example.org --role operator'],
  'offstage users list': ['offstage users list', 'offstage users list --json | jq .[].email'],
  'offstage users add': [
    'offstage users add ada@example.org --role operator --name "Ada Lovelace"',
    'offstage users add ada@example.org --password-stdin < password.txt',
  ],
  'offstage users link': [
    'offstage users link admin@localhost',
    'offstage users link ada@example.org --url https://jobs.example.org --valid-for 2h',
  ],
  'offstage users password': [
    'offstage users password ada@example.org          # asks, on a terminal',
    'offstage users password ada@example.org < password.txt',
  ],
  'offstage users role': ['offstage users role ada@example.org admin'],
  'offstage users disable': ['offstage users disable ada@example.org'],
  'offstage users enable': ['offstage users enable ada@example.org'],
  'offstage users sessions': [
    'offstage users sessions ada@example.org',
    'offstage users sessions ada@example.org --end',
  ],
  'offstage users tokens': [
    'offstage users tokens ada@example.org',
    'offstage users tokens ada@example.org --name prometheus --scope metrics.read --days never',
    'offstage users tokens ada@example.org --revoke prometheus',
  ],
  'offstage users remove': ['offstage users remove ada@example.org', 'offstage users remove ada@example.org --yes'],
  'offstage move': [
    'offstage move --to postgres://app@localhost/app --dry-run',
    'offstage move --to postgres://app@localhost/app --history',
  ],
  'offstage migrate': ['offstage migrate', 'offstage migrate --dry-run > schema.sql'],
  'offstage doctor': ['offstage doctor', 'offstage doctor --json | jq .healthy'],
  'offstage completion': [
    'source <(offstage completion bash)               # in ~/.bashrc',
    'source <(offstage completion zsh)                # in ~/.zshrc, after compinit',
    'offstage completion fish > ~/.config/fish/completions/offstage.fish',
  ],
}

/** Adds to the help of a command, and of each below it, what to type. */
export function addExamples(command: Command, above = ''): void {
  const path = `${above} ${command.name()}`.trim()
  const examples = EXAMPLES[path]
  if (examples !== undefined)
    command.addHelpText('after', () => ['', 'Examples:', ...examples.map((text) => `  ${text}`)].join('\n'))
  for (const child of command.commands) addExamples(child, path)
}
